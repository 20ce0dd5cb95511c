//! Rows as lines of CSV.

use crate::field::Field;

/// A row of an answer.
pub trait Row {
    /// Appends it as a line, its columns in their order.
    fn write(&self, line: &mut Vec<u8>);
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
        }
        row_of! { $($other)* }
    };
    () => {};
}

row_of! { A B C D E F G H I J K L M N O P }
