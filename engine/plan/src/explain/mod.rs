//! Programs as text, as JSON, and as pictures.

mod json;
mod picture;
mod text;

pub use json::json;
pub use picture::{graphviz, mermaid};
pub use text::text;
