//! Deliveries: carries out what `gateway-delivery` decides. In reading order:
//!
//! - `delivery_rooms`: all of them; takes what sessions and people want, and starts one task for each;
//! - `beginning`: where a delivery starts, from what a session says;
//! - `delivery_task`: one delivery, input by input, effects in their order;
//! - `delivery_hands`: carries out orders; `workshop` those about trees and branches;
//! - `ports`: what it needs of a forge and of rules; `github` and `rules` are those two;
//! - `words`: what a delivery says to its session; `views`: what people look at;
//! - `switch`: how far deliveries go now; `delivery_config`, `no_deliveries`, `metrics`.

mod beginning;
mod delivery_config;
mod delivery_hands;
mod delivery_rooms;
mod delivery_task;
mod github;
mod metrics;
mod no_deliveries;
mod ports;
mod rules;
mod switch;
mod views;
mod webhook_door;
mod words;
mod workshop;

pub use delivery_config::{DeliveryConfig, ProjectDelivery};
pub use delivery_rooms::{DeliveryParts, DeliveryRooms};
pub use github::{Github, GithubSettings, GithubSignIn};
pub use metrics::DeliveryMetrics;
pub use no_deliveries::NoDeliveries;
pub use ports::{About, ForgeHands, Judge, Site};
pub use rules::Rules;
pub use webhook_door::webhook_door;

/// Words to sessions that may wait for one of them.
pub const NEWS: usize = 256;
