//! Asks the provider from time to time whether a sign-in still holds. Somebody who left, or was locked out, gets no new
//! tokens there; then they are signed out here too.

use super::Oidc;
use super::oidc_person::{groups, person};
use super::provider::ProviderFault;
use crate::access::Access;
use crate::access::sign_in_entry::{Provided, Refresh, SignIn, Way};
use crate::access::sign_in_words;
use futures_util::{StreamExt, stream};
use gateway_proof::jwt::TokenFault;
use gateway_proof::jwt::id_token::{IdToken, Nonce};
use jiff::{SignedDuration, Timestamp};

/// Calls at once.
const AT_ONCE: usize = 4;

/// How long until a provider that could not be reached is asked again.
const LATER: SignedDuration = SignedDuration::from_secs(60);

/// Asks about all that are due: whether there were any.
pub(in crate::access) async fn recheck(access: &Access, oidc: &Oidc) -> bool {
    let due = access.sign_ins.due(access.clock.now());
    let are_due = !due.is_empty();
    let each = |(id, provided, refresh): (String, Provided, Refresh)| async move {
        ask(access, oidc, &id, &provided, refresh).await;
    };
    stream::iter(due).for_each_concurrent(AT_ONCE, each).await;
    are_due
}

async fn ask(access: &Access, oidc: &Oidc, id: &str, provided: &Provided, refresh: Refresh) {
    let answer = oidc.renewed(provided, &refresh).await;
    let now = access.clock.now();
    match answer {
        Ok((token, next)) => {
            access.sign_ins.change(id, |sign_in| oidc.put(sign_in, token.as_ref(), next, now));
        }
        Err(fault) if says_nothing(&fault) => {
            tracing::warn!(%fault, "a sign-in can't be checked with its provider now");
            access.sign_ins.change(id, |sign_in| put_off(sign_in, now));
        }
        Err(fault) => {
            tracing::info!(%fault, "a sign-in ended: the provider no longer holds it valid");
            let ended = access.sign_ins.end(id, |_| true);
            let why = "the provider no longer holds it valid";
            access.book.after(sign_in_words::ended(&ended, why, now)).await;
        }
    }
}

/// About the person. A key that is not known yet will be when the keys are looked up again.
fn says_nothing(fault: &ProviderFault) -> bool {
    match fault {
        ProviderFault::Unreached(_) | ProviderFault::Unusable(_) => true,
        ProviderFault::Token(fault) => matches!(fault, TokenFault::UnknownKey(_)),
        ProviderFault::Refused(_) => false,
    }
}

impl Oidc {
    /// The next refresh token, and a token about the person if the provider gives one.
    async fn renewed(
        &self,
        provided: &Provided,
        refresh: &Refresh,
    ) -> Result<(Option<IdToken>, String), ProviderFault> {
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh.token.as_str())];
        let tokens = self.provider.tokens(&form).await?;
        let next = tokens.refresh_token.unwrap_or_else(|| refresh.token.clone());
        let Some(token) = tokens.id_token else { return Ok((None, next)) };
        let token = self.provider.id_token(&token, Nonce::NotAsked).await?;
        if token.subject != provided.subject {
            return Err(ProviderFault::Refused("it names another person now".to_owned()));
        }
        Ok((Some(token), next))
    }

    fn put(&self, sign_in: &mut SignIn, token: Option<&IdToken>, next: String, now: Timestamp) {
        if let Some(token) = token {
            sign_in.person = person(&self.settings, token);
            sign_in.groups = groups(&self.settings, token);
        }
        if let Way::Oidc(provided) = &mut sign_in.way {
            let due = now.saturating_add(self.settings.recheck).unwrap_or(now);
            provided.refresh = Some(Refresh { token: next, due });
        }
    }
}

fn put_off(sign_in: &mut SignIn, now: Timestamp) {
    if let Way::Oidc(Provided { refresh: Some(refresh), .. }) = &mut sign_in.way {
        refresh.due = now.saturating_add(LATER).unwrap_or(now);
    }
}
