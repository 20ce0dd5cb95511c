//! What a user may set: every option with its name, type, default, bounds and meaning, said once.
//!
//! One definition in the [catalogue](all) serves four readers: [`Settings::get`] reads with it,
//! [`Settings::set`] checks with it, [`Error`] explains with it, and [`mod@reference`] prints it. Names and
//! meanings are Flink's wherever Flink has the option.
//!
//! Lives below every floor and touches nothing: it opens no file, reads no environment and asks no machine.
//! What an unset option turns into is the business of whoever reads it.
//!
//! ```
//! use options::{Bytes, SEGMENT_SIZE, Settings};
//!
//! let mut settings = Settings::new();
//! assert_eq!(settings.get(&SEGMENT_SIZE), Bytes::kib(32));
//!
//! settings.define("taskmanager.memory.segment-size = 64 kb")?;
//! assert_eq!(settings.get(&SEGMENT_SIZE), Bytes::kib(64));
//! # Ok::<(), options::Error>(())
//! ```
#![forbid(unsafe_code)]

// From text to values: amounts with a unit, then the kinds of value, then a key that bounds one.
mod measure;

mod bytes;
pub mod duration;
mod flush_interval;
mod fraction;
mod zone;

mod value;
#[macro_use]
mod choice;

mod key;

// Every option there is.
mod catalogue;

// What a user said, and what we answer.
mod config_file;
mod error;
mod origin;
mod settings;

pub mod reference;

pub use bytes::{Bytes, Sizes};
pub use catalogue::*;
pub use error::{Error, Refusal};
pub use flush_interval::FlushInterval;
pub use fraction::Fraction;
pub use key::{Entry, Key, Whose};
pub use origin::Origin;
pub use settings::Settings;
pub use value::{Optional, Otherwise, Value};
pub use zone::ZoneName;
