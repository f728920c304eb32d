//! Grants, for people who look at them and revoke them.

use super::{Desk, Refusal};
use crate::sessions::grants::RevokeFault;
use gateway_domain::{GrantView, Person};

impl Desk {
    /// Newest first, those in force before those that ended.
    pub fn grants(&self) -> Vec<GrantView> {
        self.session_tasks.grants().list()
    }

    /// Everyone who can use the gateway can revoke: to be asked again is never more than was allowed.
    pub async fn revoke_grant(&self, id: &str, by: &Person) -> Result<GrantView, Refusal> {
        let fault = match self.session_tasks.grants().revoke(id, by).await {
            Ok(view) => return Ok(view),
            Err(fault) => fault,
        };
        Err(match fault {
            RevokeFault::Unknown => {
                Refusal::NoSuch(format!("There is no grant {id}. It may have ended long ago."))
            }
            RevokeFault::Ended => Refusal::GrantEnded(id.to_owned()),
            RevokeFault::NotKept(error) => {
                tracing::error!(grant = id, %error, "revoked grant not saved; a restart would bring it back");
                Refusal::NotStored
            }
        })
    }
}
