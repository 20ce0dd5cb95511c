//! Tuples as rows, with Flink's names for their columns.

use std::marker::PhantomData;

use arrow_array::ArrayRef;
use arrow_buffer::NullBuffer;
use arrow_schema::{DataType, Fields};

use crate::derived::{self, Columns};
use crate::{
    Mismatch, Record, RecordBuilder, RecordReader, StructBuilder, StructReader, Value, ValueBuilder,
    ValueReader,
};

/// Reads the columns of a tuple `T`, by a reader each.
///
/// `T` is in the type so that it follows from the reader, as it does for all others.
#[derive(Debug)]
pub struct TupleReader<T, Readers>(Readers, PhantomData<fn() -> T>);

/// Builds the columns of a tuple `T`, by a builder each.
#[derive(Debug)]
pub struct TupleBuilder<T, Builders>(Builders, PhantomData<fn(T)>);

impl<T, Builders: Default> Default for TupleBuilder<T, Builders> {
    fn default() -> Self {
        Self(Builders::default(), PhantomData)
    }
}

impl<T, Builders> TupleBuilder<T, Builders> {
    /// The builder of each column.
    pub(crate) fn builders(&mut self) -> &mut Builders {
        &mut self.0
    }
}

macro_rules! tuple {
    ($count:literal: $($element:ident $at:tt $name:literal),+) => {
        impl<$($element: Value),+> Record for ($($element,)+) {
            fn fields() -> Fields {
                derived::fields([$(derived::field::<$element>($name)),+])
            }

            type Reader = TupleReader<Self, ($($element::Reader,)+)>;
            type Builder = TupleBuilder<Self, ($($element::Builder,)+)>;
        }

        impl<$($element: Value),+> Value for ($($element,)+) {
            const NULLABLE: bool = false;

            fn data_type() -> DataType {
                DataType::Struct(<Self as Record>::fields())
            }

            type Reader = StructReader<Self>;
            type Builder = StructBuilder<Self>;
        }

        impl<$($element: Value),+> RecordReader<($($element,)+)>
            for TupleReader<($($element,)+), ($($element::Reader,)+)>
        {
            fn open_where(columns: &[ArrayRef], asked: Option<&NullBuffer>) -> Result<Self, Mismatch> {
                let mut columns = Columns::of::<($($element,)+)>(columns, asked, $count)?;
                Ok(Self(($(columns.open::<$element>($name)?,)+), PhantomData))
            }

            #[inline]
            fn get(&self, row: usize) -> ($($element,)+) {
                ($(self.0.$at.get(row),)+)
            }
        }

        impl<$($element: Value),+> RecordBuilder<($($element,)+)>
            for TupleBuilder<($($element,)+), ($($element::Builder,)+)>
        {
            #[inline]
            fn push(&mut self, row: ($($element,)+)) {
                $(self.0.$at.push(row.$at);)+
            }

            fn push_null(&mut self) {
                $(self.0.$at.push_null();)+
            }

            fn len(&self) -> usize {
                self.0.0.len()
            }

            fn finish(&mut self) -> Vec<ArrayRef> {
                vec![$(self.0.$at.finish()),+]
            }
        }
    };
}

tuple!(1: A 0 "f0");
tuple!(2: A 0 "f0", B 1 "f1");
tuple!(3: A 0 "f0", B 1 "f1", C 2 "f2");
tuple!(4: A 0 "f0", B 1 "f1", C 2 "f2", D 3 "f3");
tuple!(5: A 0 "f0", B 1 "f1", C 2 "f2", D 3 "f3", E 4 "f4");
tuple!(6: A 0 "f0", B 1 "f1", C 2 "f2", D 3 "f3", E 4 "f4", F 5 "f5");
tuple!(7: A 0 "f0", B 1 "f1", C 2 "f2", D 3 "f3", E 4 "f4", F 5 "f5", G 6 "f6");
tuple!(8: A 0 "f0", B 1 "f1", C 2 "f2", D 3 "f3", E 4 "f4", F 5 "f5", G 6 "f6", H 7 "f7");

/// Builds rows of no columns: there is nothing to keep but their number.
#[derive(Debug, Default)]
pub struct RowCounter(usize);

/// A row of no columns. It fills no column either.
impl Record for () {
    fn fields() -> Fields {
        Fields::empty()
    }

    type Reader = ();
    type Builder = RowCounter;
}

impl RecordReader<()> for () {
    fn open_where(_columns: &[ArrayRef], _asked: Option<&NullBuffer>) -> Result<Self, Mismatch> {
        Ok(())
    }

    fn get(&self, _row: usize) {}
}

impl RecordBuilder<()> for RowCounter {
    fn push(&mut self, (): ()) {
        self.0 += 1;
    }

    fn push_null(&mut self) {
        self.0 += 1;
    }

    fn len(&self) -> usize {
        self.0
    }

    fn finish(&mut self) -> Vec<ArrayRef> {
        self.0 = 0;
        Vec::new()
    }
}
