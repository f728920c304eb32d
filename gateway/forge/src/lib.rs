//! The client of GitHub and Enterprise Servers: carries out what a delivery wants done there, once, and reads what became
//! of it (REQ-DELIVER-04, -09, -15, -17).
//!
//! Every write answers with done, refused or unknown. Tokens are narrowed to one repository and to what an operation
//! needs; they go to the forge's own host only. What the forge says is data: it is bounded, masked, and never followed to
//! another host with a token.

mod about;
mod api_address;
mod app_key;
mod client;
mod doctor;
mod failures;
mod fault;
mod forge;
mod look;
mod memo;
mod orders;
mod pace;
mod refusals;
mod repo_name;
mod rights;
mod shown;
mod tag_cache;
mod tokens;
mod trail;
mod visit;
pub mod webhook;
mod wire;

pub use about::{Author, RepositoryShown};
pub use api_address::{ApiAddress, BadAddress};
pub use app_key::{AppKey, KeyFault};
pub use doctor::ForgeFinding;
pub use fault::{ForgeFault, LookError};
pub use forge::{Figures, Forge, ForgeSettings, MergeMethod, SignIn};
pub use look::owners_by_path;
pub use orders::Carried;
pub use repo_name::{NotARepoName, RepoName};
pub use tokens::PushToken;
