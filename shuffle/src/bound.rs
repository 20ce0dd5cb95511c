//! Every maximum of this crate, with its reason.
//!
//! A number that limits something stands here and nowhere else; what must hold between two of them is
//! asserted when the crate is compiled.

