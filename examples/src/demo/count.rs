//! Counts on the command line, as people write them: `5_000_000`, `5m`, `5k`.

use super::failure::Failure;

/// The value of the argument `name`, within its bounds.
pub(crate) fn count(name: &str, value: Option<String>, least: u64, most: u64) -> Result<u64, Failure> {
    let value = value.ok_or_else(|| {
        Failure::Argument(format!(
            "{name}: a value is missing; accepted: a whole number, such as 5_000_000, 5m or 5k"
        ))
    })?;
    number(&value).filter(|number| (least..=most).contains(number)).ok_or_else(|| {
        Failure::Argument(format!(
            "{name} {value}: not accepted; accepted: a whole number from {least} to {most}, such as 5_000_000, 5m or 5k"
        ))
    })
}

/// Digits with `_` between them, then `k` or `m` for thousands or millions.
fn number(text: &str) -> Option<u64> {
    let (digits, unit) = match text.char_indices().last()? {
        (at, 'k' | 'K') => (&text[..at], 1_000),
        (at, 'm' | 'M') => (&text[..at], 1_000_000),
        _ => (text, 1),
    };
    let plain = digits.starts_with(|first: char| first.is_ascii_digit())
        && digits.chars().all(|digit| digit.is_ascii_digit() || digit == '_');
    plain.then(|| digits.replace('_', ""))?.parse::<u64>().ok()?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_may_be_written_for_people() {
        for (text, expected) in
            [("0", 0), ("1", 1), ("5_000_000", 5_000_000), ("5m", 5_000_000), ("5K", 5_000), ("1_0k", 10_000)]
        {
            assert_eq!(number(text), Some(expected), "{text}");
        }
        let (digits, product) = ("99999999999999999999", "99999999999999999m");
        for text in ["", "m", "-1", "+1", "1.5m", "5 m", "5mm", "_5", "5g", "5é", digits, product] {
            assert_eq!(number(text), None, "{text}");
        }
    }

    #[test]
    fn both_bounds_are_accepted_and_nothing_beyond() {
        let read = |text: &str| count("--rows", Some(text.to_owned()), 1, 5_000).ok();
        assert_eq!(["0", "1", "5k", "5001"].map(read), [None, Some(1), Some(5_000), None]);
    }
}
