//! Slack: sessions as threads, asks as cards that people tap.

pub mod config;
