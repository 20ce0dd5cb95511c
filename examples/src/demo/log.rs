//! The log, on standard error: what `MILLSTREAM_LOG` lets through, warnings and worse when it is not set, but for those
//! that the demo tells by itself.

use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;

use super::failure::Failure;

const VARIABLE: &str = "MILLSTREAM_LOG";

/// The failure of a job is the last line of the demo, and the longest step of a subtask stands in its table.
const UNSET: &str = "warn,runtime::job=error,runtime::reactor::step=error";

/// Starts logging, for the rest of the process.
pub(crate) fn start() -> Result<(), Failure> {
    #[expect(clippy::disallowed_methods, reason = "a program may read its environment; a crate may not")]
    let said = std::env::var(VARIABLE);
    let filter = filter(said.as_deref().unwrap_or(UNSET))?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .with_target(false)
        .init();
    Ok(())
}

fn filter(text: &str) -> Result<EnvFilter, Failure> {
    EnvFilter::try_new(text).map_err(|cause| {
        Failure::Argument(format!(
            "{VARIABLE} = {text} (environment): {cause}; accepted: a level, such as debug, or memory=debug,warn"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_that_is_none_is_named() {
        assert!(filter(UNSET).is_ok());
        assert!(filter("memory=debug,warn").is_ok());
        let error = filter("memory=loud").unwrap_err().to_string();
        assert!(error.starts_with("MILLSTREAM_LOG = memory=loud (environment): "), "{error}");
    }
}
