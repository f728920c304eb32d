//! The simulated Slack itself: it is as strict as Slack where the gateway depends on it.

mod app;
mod flows;
mod strict;
mod troubles;
