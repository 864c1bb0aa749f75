//! The HTTP floor over a real port, with a small API of its own.

mod bodies;
pub mod sample;
mod stack;
