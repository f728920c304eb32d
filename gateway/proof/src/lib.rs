//! What outsiders can check. Pure: whoever calls brings the bytes, the time and the chance.

pub mod checkpoint;
pub mod cosignature;
pub mod handover;
pub mod jwt;
pub mod keys;
pub mod note;
pub mod tiles;
pub mod tree;
pub mod webauthn;
pub mod witnessing;
