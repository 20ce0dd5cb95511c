//! Rows that are looked at where they lie: a word of a line need not become a `String` on its way into a column.

use arrow_array::ArrowPrimitiveType;

use crate::{
    BooleanBuilder, BytesBuilder, OptionBuilder, PrimitiveBuilder, SingleBuilder, StringBuilder, Timestamp,
    TimestampBuilder, TupleBuilder, Value, ValueBuilder,
};

/// A builder that also takes rows in which somebody else's text and bytes are borrowed: `&str` for `String`, `&[u8]` for
/// [`Bytes`](crate::Bytes), and tuples and options of these.
///
/// ```
/// use record::{PushBorrowed, Record, RecordBuilder};
///
/// let mut words = <(String, Option<i64>) as Record>::Builder::default();
/// for word in "to be or not to be".split(' ') {
///     words.push_borrowed((word, Some(1)));
/// }
/// assert_eq!(words.len(), 6);
/// ```
#[diagnostic::on_unimplemented(
    message = "a row of `{Self}` cannot be made of `{Borrowed}`",
    note = "text is borrowed as &str, bytes as &[u8], numbers and times are themselves; structs with #[derive(Record)] are only taken whole"
)]
pub trait PushBorrowed<Borrowed> {
    /// Appends a row.
    fn push_borrowed(&mut self, row: Borrowed);
}

impl PushBorrowed<&str> for StringBuilder {
    #[inline]
    fn push_borrowed(&mut self, value: &str) {
        self.push_str(value);
    }
}

impl PushBorrowed<&[u8]> for BytesBuilder {
    #[inline]
    fn push_borrowed(&mut self, value: &[u8]) {
        self.push_slice(value);
    }
}

impl<P: ArrowPrimitiveType> PushBorrowed<P::Native> for PrimitiveBuilder<P> {
    #[inline]
    fn push_borrowed(&mut self, value: P::Native) {
        self.push(value);
    }
}

impl PushBorrowed<bool> for BooleanBuilder {
    #[inline]
    fn push_borrowed(&mut self, value: bool) {
        self.push(value);
    }
}

impl PushBorrowed<Timestamp> for TimestampBuilder {
    #[inline]
    fn push_borrowed(&mut self, value: Timestamp) {
        self.push(value);
    }
}

impl<T: Value, B> PushBorrowed<Option<B>> for OptionBuilder<T>
where
    T::Builder: PushBorrowed<B>,
{
    #[inline]
    fn push_borrowed(&mut self, value: Option<B>) {
        match value {
            Some(value) => self.values().push_borrowed(value),
            None => self.push_null(),
        }
    }
}

impl<T: Value, B> PushBorrowed<B> for SingleBuilder<T>
where
    T::Builder: PushBorrowed<B>,
{
    #[inline]
    fn push_borrowed(&mut self, row: B) {
        self.values().push_borrowed(row);
    }
}

macro_rules! tuple {
    ($($element:ident $builder:ident $borrowed:ident $at:tt),+) => {
        impl<$($element, $builder, $borrowed),+> PushBorrowed<($($borrowed,)+)>
            for TupleBuilder<($($element,)+), ($($builder,)+)>
        where
            $($builder: PushBorrowed<$borrowed>,)+
        {
            #[inline]
            fn push_borrowed(&mut self, row: ($($borrowed,)+)) {
                let builders = self.builders();
                $(builders.$at.push_borrowed(row.$at);)+
            }
        }
    };
}

tuple!(A A1 A2 0);
tuple!(A A1 A2 0, B B1 B2 1);
tuple!(A A1 A2 0, B B1 B2 1, C C1 C2 2);
tuple!(A A1 A2 0, B B1 B2 1, C C1 C2 2, D D1 D2 3);
tuple!(A A1 A2 0, B B1 B2 1, C C1 C2 2, D D1 D2 3, E E1 E2 4);
tuple!(A A1 A2 0, B B1 B2 1, C C1 C2 2, D D1 D2 3, E E1 E2 4, F F1 F2 5);
tuple!(A A1 A2 0, B B1 B2 1, C C1 C2 2, D D1 D2 3, E E1 E2 4, F F1 F2 5, G G1 G2 6);
tuple!(A A1 A2 0, B B1 B2 1, C C1 C2 2, D D1 D2 3, E E1 E2 4, F F1 F2 5, G G1 G2 6, H H1 H2 7);

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use super::*;
    use crate::{Bytes, Record, RecordBuilder};

    #[track_caller]
    fn same<T: Record + Debug, B>(owned: impl IntoIterator<Item = T>, borrowed: impl IntoIterator<Item = B>)
    where
        T::Builder: PushBorrowed<B>,
    {
        let (mut one, mut other) = (T::Builder::default(), T::Builder::default());
        owned.into_iter().for_each(|row| one.push(row));
        borrowed.into_iter().for_each(|row| other.push_borrowed(row));
        assert_eq!(one.len(), other.len());
        assert_eq!(one.finish(), other.finish());
    }

    #[test]
    fn what_is_borrowed_fills_the_same_columns_as_what_is_given() {
        let texts = ["", "short", "a text that does not fit into its view"];
        same(texts.map(String::from), texts);
        same(texts.map(|text| Some(text.to_owned())), texts.map(Some));
        same([None, Some("x".to_owned())], [None, Some("x")]);
        same(texts.map(|text| Bytes(text.into())), texts.map(str::as_bytes));
        same([true, false], [true, false]);
        same(
            texts.map(|text| (text.to_owned(), text.len() as u64, Timestamp(7), text.is_empty())),
            texts.map(|text| (text, text.len() as u64, Timestamp(7), text.is_empty())),
        );
    }
}
