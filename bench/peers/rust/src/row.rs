//! Rows as lines of CSV, and as numbers.

use crate::field::Field;
use crate::sum;

/// A row of an answer.
pub trait Row {
    /// Appends it as a line, its columns in their order.
    fn write(&self, line: &mut Vec<u8>);

    /// Its hash, for which all of it is read.
    fn hash(&self) -> u64;
}

macro_rules! row_of {
    ($first:ident $($other:ident)*) => {
        impl<$first: Field, $($other: Field),*> Row for ($first, $($other,)*) {
            #[expect(non_snake_case, reason = "a value is named after its type")]
            fn write(&self, line: &mut Vec<u8>) {
                let ($first, $($other,)*) = self;
                $first.write(line);
                $(
                    line.push(b',');
                    $other.write(line);
                )*
                line.push(b'\n');
            }

            #[inline]
            #[expect(non_snake_case, reason = "a value is named after its type")]
            fn hash(&self) -> u64 {
                let ($first, $($other,)*) = self;
                let hash = $first.hash();
                $(let hash = sum::and(hash, $other.hash());)*
                hash
            }
        }
        row_of! { $($other)* }
    };
    () => {};
}

row_of! { A B C D E F G H I J K L M N O P }
