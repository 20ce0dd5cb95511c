//! `cargo x count-tests`: the output of `cargo test` on standard input, its sum on standard output.
//!
//! Each test binary says `running 3 tests` when it begins and `test result: …` when it ends. One that begins
//! and never ends was killed on the way, with tests in it that nobody counted: that is one more failure. No
//! test at all is a failure too, or a build that broke would look like a clean run.

use std::io;

use crate::Outcome;

pub(crate) fn run(arguments: &[String]) -> Outcome {
    if !arguments.is_empty() {
        return Outcome::Misused("count-tests takes no arguments: it reads standard input".into());
    }
    match io::read_to_string(io::stdin()) {
        Ok(output) => verdict(count(&output)),
        Err(error) => Outcome::Failed(format!("could not read standard input: {error}")),
    }
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Count {
    passed: usize,
    failed: usize,
}

fn count(output: &str) -> Count {
    let mut count = Count::default();
    let mut running = false;
    for line in output.lines() {
        if begins(line) {
            count.failed += usize::from(running);
            running = true;
        } else if let Some(result) = line.strip_prefix("test result: ") {
            running = false;
            count.passed += number_before("passed;", result);
            count.failed += number_before("failed;", result);
        }
    }
    count.failed += usize::from(running);
    count
}

fn begins(line: &str) -> bool {
    let number =
        |rest: &str| rest.strip_suffix(" tests").or(rest.strip_suffix(" test"))?.parse::<usize>().ok();
    line.strip_prefix("running ").and_then(number).is_some()
}

/// Words, not columns: `ok` may come in colour.
fn number_before(word: &str, result: &str) -> usize {
    let words: Vec<_> = result.split_whitespace().collect();
    let number = words.windows(2).find(|pair| pair[1] == word).and_then(|pair| pair[0].parse().ok());
    number.unwrap_or(0)
}

fn verdict(Count { passed, failed }: Count) -> Outcome {
    let line = format!("{passed} passed, {failed} failed");
    if failed == 0 && passed > 0 { Outcome::Done(line) } else { Outcome::Failed(line) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(output: &str, passed: usize, failed: usize) {
        assert_eq!(count(output), Count { passed, failed }, "{output}");
    }

    const TAIL: &str = "0 ignored; 0 measured; 2 filtered out; finished in 0.01s";

    #[test]
    fn results_of_all_binaries_are_summed() {
        check(
            &format!(
                "running 2 tests\ntest a ... ok\ntest b ... ok\n\ntest result: ok. 2 passed; 0 failed; {TAIL}\n\
                 \nrunning 0 tests\n\ntest result: ok. 0 passed; 0 failed; {TAIL}\n\
                 \nrunning 3 tests\ntest result: FAILED. 1 passed; 2 failed; {TAIL}\n"
            ),
            3,
            2,
        );
        check(
            &format!("running 1 test\ntest result: \u{1b}[32mok\u{1b}[m. 1 passed; 0 failed; {TAIL}"),
            1,
            0,
        );
    }

    #[test]
    fn a_binary_that_never_reports_is_a_failure() {
        check(&format!("running 1 test\nrunning 1 test\ntest result: ok. 1 passed; 0 failed; {TAIL}"), 1, 1);
        check("running 5 tests\ntest a ... ok\n", 0, 1);
        check("running late\n", 0, 0);
    }

    #[test]
    fn only_tests_that_passed_without_a_failure_are_a_success() {
        let verdict = |passed, failed| verdict(Count { passed, failed });
        assert!(matches!(verdict(7, 0), Outcome::Done(line) if line == "7 passed, 0 failed"));
        assert!(matches!(verdict(7, 1), Outcome::Failed(line) if line == "7 passed, 1 failed"));
        assert!(matches!(verdict(0, 0), Outcome::Failed(line) if line == "0 passed, 0 failed"));
    }
}
