//! Numbers as people read them.
//!
//! Options write sizes exactly (`966367642b`); a figure may be rounded.

/// `5,000,000`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `7.6gb`: two digits or three, in the units of options, which are binary.
pub(crate) fn size(bytes: u64) -> String {
    let unit =
        [("tb", 4), ("gb", 3), ("mb", 2), ("kb", 1)].into_iter().find(|(_, power)| bytes >> (10 * power) > 0);
    let Some((unit, power)) = unit else { return format!("{bytes}b") };
    let amount = bytes as f64 / (1_u64 << (10 * power)) as f64;
    let text = if amount >= 100.0 { format!("{amount:.0}") } else { format!("{amount:.1}") };
    format!("{}{unit}", text.trim_end_matches(".0"))
}

/// How many there are of each: `4.2`, or `0.0` where there is none to share.
pub(crate) fn mean(all: u64, parts: u64) -> String {
    format!("{:.1}", all as f64 / parts.max(1) as f64)
}

/// `133 µs`: three digits at most, and no more after the point than one.
pub(crate) fn time(nanoseconds: u64) -> String {
    let unit = [("s", 1_000_000_000), ("ms", 1_000_000), ("µs", 1_000)];
    let unit = unit.into_iter().find(|(_, unit_ns)| nanoseconds >= *unit_ns);
    let Some((unit, unit_ns)) = unit else { return format!("{nanoseconds} ns") };
    let amount = nanoseconds as f64 / unit_ns as f64;
    if amount >= 100.0 { format!("{amount:.0} {unit}") } else { format!("{amount:.1} {unit}") }
}

/// How many in a second.
pub(crate) fn per_second(count: u64, nanoseconds: u64) -> u64 {
    let rate = u128::from(count) * 1_000_000_000 / u128::from(nanoseconds.max(1));
    u64::try_from(rate).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_stand_in_threes() {
        for (number, text) in
            [(0, "0"), (999, "999"), (1000, "1,000"), (5_000_000, "5,000,000"), (12_345, "12,345")]
        {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn sizes_are_rounded_in_the_largest_unit() {
        for (bytes, text) in [
            (0, "0b"),
            (1023, "1023b"),
            (32 << 10, "32kb"),
            (73_760, "72kb"),
            (966_367_642, "922mb"),
            (8_160_437_862, "7.6gb"),
        ] {
            assert_eq!(size(bytes), text);
        }
    }

    #[test]
    fn times_are_rounded_in_the_largest_unit() {
        for (nanoseconds, text) in
            [(0, "0 ns"), (999, "999 ns"), (1_000, "1.0 µs"), (133_499, "133 µs"), (2_540_000_000, "2.5 s")]
        {
            assert_eq!(time(nanoseconds), text);
        }
    }

    #[test]
    fn nothing_shared_by_nobody_is_nothing() {
        assert_eq!(mean(0, 0), "0.0");
        assert_eq!(per_second(0, 0), 0);
    }
}
