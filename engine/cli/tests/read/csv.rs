//! Lines of CSV as the command writes them, for all tests that read them.

/// The values of a line, each with whether it stood in quotes: nothing without them is a null, and in them an empty text.
pub(crate) fn values(line: &str) -> Vec<(String, bool)> {
    let (mut values, mut is_within) = (vec![(String::new(), false)], false);
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        let (value, has_quotes) = values.last_mut().expect("there is a first one");
        match letter {
            '"' if is_within && letters.next_if_eq(&'"').is_some() => value.push('"'),
            '"' => (is_within, *has_quotes) = (!is_within, true),
            ',' if !is_within => values.push((String::new(), false)),
            other => value.push(other),
        }
    }
    values
}
