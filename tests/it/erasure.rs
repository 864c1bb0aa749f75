//! A canary lives a full life, is erased, and is looked for in every byte that is left.

mod copies;
mod forgery;
mod leaks;
pub mod life;
mod proof;
