//! Crashes and races of the real binary: what was acknowledged stays, what was refused is not there, and two processes
//! on one store are as one.

mod edges;
mod kills;
mod nodes;
mod regular;
mod stampede;
mod starts;
