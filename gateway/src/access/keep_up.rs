//! What the table of sign-ins needs from time to time: ends are carried out, and providers are asked whether sign-ins still hold.

use super::{Access, LOOK_EVERY, TO_FINISH, github, oidc};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

impl Access {
    /// Ends sign-ins whose time is over, and those that their provider no longer holds valid, until the gateway stops.
    pub async fn keep_up(self: Arc<Self>, stop: CancellationToken) {
        while stop.run_until_cancelled(tokio::time::sleep(LOOK_EVERY)).await.is_some() {
            self.book.owe(self.refused.due(self.clock.now()));
            self.book.pay_up().await;
            if let Some(signed_names) = &self.signed_names {
                signed_names.keep_up().await;
            }
            // A refresh token that was used and whose successor is not kept would sign somebody out.
            let stopped = async {
                stop.cancelled().await;
                tokio::time::sleep(TO_FINISH).await;
            };
            tokio::select! {
                () = self.recheck() => {}
                () = stopped => {}
            }
        }
        self.book.after(self.refused.rest(self.clock.now())).await;
    }

    /// Drops what is over, and asks about all that are due.
    pub(super) async fn recheck(&self) {
        let now = self.clock.now();
        let mut changed = self.sign_ins.sweep(now) > 0 || self.sign_ins.is_unsaved();
        if let Some(provider) = &self.oidc {
            changed |= oidc::recheck(self, provider).await;
        }
        if let Some(provider) = &self.github {
            changed |= github::recheck(self, provider).await;
        }
        if changed {
            self.sign_ins.saved_if_possible().await;
        }
    }
}
