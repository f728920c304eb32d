//! A pod in another one's place: a new container under the same name, or over the same data under another one. It gets what
//! was the other's when that one is gone for good, and not before.

use super::Hub;
use super::own_words::Foreign;
use super::pod::Pod;
use crate::sessions::ports::PodFeed;
use crate::token::PodToken;
use bridge_protocol::CloseCode;
use gateway_domain::{PodCredential, PodIdentity, Succession, one_line};
use std::sync::Arc;
use std::time::Duration;

/// How long a newcomer waits for the link of whoever it follows to end. A process that was killed is noticed sooner.
const PARTING: Duration = Duration::from_secs(2);

/// How often it is looked whether tokens of pods were removed.
const LOOK_EVERY: Duration = Duration::from_secs(1);

impl Hub {
    /// The tokens that pods have for themselves, as they are now; or why nobody knows.
    pub(super) async fn pod_tokens(&self) -> Result<Vec<PodToken>, String> {
        let Some(tokens) = self.config.own_tokens.clone() else { return Ok(vec![]) };
        let read = tokio::task::spawn_blocking(move || tokens.list()).await;
        match read {
            Ok(Ok(list)) => Ok(list),
            Ok(Err(fault)) => {
                tracing::error!(reason = one_line(&fault.to_string()), "list of pod tokens can't be read");
                Err("the gateway's list of pods is not usable".to_owned())
            }
            Err(error) => Err(error.to_string()),
        }
    }

    /// An ask of this id that is another pod's.
    pub(super) fn ask_of_another(&self, feed: &dyn PodFeed, ask: &str, pod: &PodIdentity) -> Option<Foreign> {
        let session = feed.session_asking(ask)?;
        let home = self.homes.is_elsewhere(&session, pod)?;
        Some(Foreign { session, home, what: "ask" })
    }

    /// Whether the newcomer may have what is that pod's, now.
    pub(super) async fn gives_way(&self, before: &PodIdentity, newcomer: &PodIdentity) -> bool {
        match newcomer.succeeds(before) {
            Succession::Same | Succession::AtOnce => true,
            Succession::OnceGone => self.is_gone(before, newcomer).await,
            Succession::Never => false,
        }
    }

    async fn is_gone(&self, pod: &PodIdentity, newcomer: &PodIdentity) -> bool {
        match &pod.credential {
            // Its link may not have noticed yet.
            PodCredential::Bound { .. } => self.cluster_has_lost(pod).await,
            PodCredential::OwnToken(id) => {
                self.has_parted(pod).await
                    && self.pod_tokens().await.is_ok_and(|all| all.iter().all(|known| known.id != *id))
            }
            PodCredential::Unknown if matches!(newcomer.credential, PodCredential::Bound { .. }) => {
                self.has_parted(pod).await && self.cluster_has_lost(pod).await
            }
            PodCredential::Unknown | PodCredential::Shared => self.has_parted(pod).await,
        }
    }

    /// Nobody speaks for it now; a link that is about to end is waited for.
    async fn has_parted(&self, pod: &PodIdentity) -> bool {
        let link = self.registry.find(&pod.name).and_then(|known| known.link());
        match link {
            Some(link) => tokio::time::timeout(PARTING, link.detached.cancelled()).await.is_ok(),
            None => true,
        }
    }

    /// Where nobody can say it, it is not.
    async fn cluster_has_lost(&self, pod: &PodIdentity) -> bool {
        let Some(accounts) = &self.accounts else { return false };
        accounts.is_gone(pod).await.unwrap_or_else(|error| {
            let reason = one_line(&error.to_string());
            tracing::warn!(pod = %pod, reason, "can't tell whether this pod is gone");
            false
        })
    }

    /// Who had the name until now, and does not give it to the newcomer.
    pub(super) async fn name_is_of(&self, newcomer: &PodIdentity) -> Option<Arc<PodIdentity>> {
        for before in self.before(newcomer) {
            if !self.gives_way_of_name(&before, newcomer).await {
                return Some(before);
            }
        }
        None
    }

    /// The link that its predecessor has under this name ends with the newcomer's arrival.
    async fn gives_way_of_name(&self, before: &PodIdentity, newcomer: &PodIdentity) -> bool {
        match (&before.credential, newcomer.succeeds(before)) {
            (PodCredential::OwnToken(id), Succession::OnceGone) => {
                self.pod_tokens().await.is_ok_and(|all| all.iter().all(|known| known.id != *id))
            }
            _ => self.gives_way(before, newcomer).await,
        }
    }

    /// All that had this name, as pods that were linked or as homes of sessions.
    fn before(&self, newcomer: &PodIdentity) -> Vec<Arc<PodIdentity>> {
        let mut all = self.homes.named(&newcomer.name);
        all.extend(self.registry.find(&newcomer.name).map(|pod| pod.identity()));
        all.retain(|before| **before != *newcomer);
        all
    }

    /// The name is the newcomer's, with everything that was told under it.
    pub(super) fn take_name(&self, newcomer: &Arc<PodIdentity>) {
        for before in self.before(newcomer) {
            tracing::info!(from = %before, to = %newcomer, "pod name taken over");
            self.homes.inherit(&before, newcomer);
        }
    }

    /// Ends the links of pods whose token was removed, and those under names that have tokens of their own now.
    pub(super) async fn watch_tokens(self: Arc<Self>) {
        let mut look = tokio::time::interval(LOOK_EVERY);
        loop {
            tokio::select! {
                _ = look.tick() => {}
                () = self.closing.cancelled() => return,
            }
            // While nobody can read the list, what was let in stays.
            let Ok(tokens) = self.pod_tokens().await else { continue };
            for pod in self.registry.all() {
                end_if_removed(&pod, &tokens);
            }
        }
    }
}

fn end_if_removed(pod: &Pod, tokens: &[PodToken]) {
    let Some(link) = pod.link() else { return };
    let is_over = match &pod.identity().credential {
        PodCredential::OwnToken(id) => tokens.iter().all(|known| known.id != *id),
        PodCredential::Shared => tokens.iter().any(|known| known.pod == **pod.name()),
        _ => false,
    };
    if is_over {
        tracing::warn!(pod = &**pod.name(), "the token of this pod is no longer valid; its link ends");
        link.close(CloseCode::ServiceRestart);
    }
}
