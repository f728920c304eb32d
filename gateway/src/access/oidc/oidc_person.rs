//! Who somebody is whom a provider signed in.

use super::OidcSettings;
use crate::access::readable_name;
use gateway_domain::Person;
use gateway_proof::jwt::id_token::IdToken;

/// More groups than a person is in; and longer ones than anybody writes into a rule.
const MOST_GROUPS: usize = 1_000;
const LONGEST_GROUP: usize = 256;

/// The account is the issuer's word for the person. A name may be anything, and proves nothing.
pub(super) fn person(settings: &OidcSettings, token: &IdToken) -> Person {
    let id = format!("oidc:{}#{}", settings.issuer, token.subject);
    let names = ["name", "preferred_username"].into_iter().filter_map(|name| token.claims.text(name));
    let name = names.chain([token.subject.as_str()]).find_map(readable_name);
    Person { id, name: name.unwrap_or_else(|| "somebody".to_owned()) }
}

/// Where the claim is missing there are none: some providers leave it out when there would be too many.
pub(super) fn groups(settings: &OidcSettings, token: &IdToken) -> Vec<String> {
    let Some(claim) = &settings.groups_claim else { return vec![] };
    let fits = |group: &String| (1..=LONGEST_GROUP).contains(&group.len());
    token.claims.texts(claim).into_iter().filter(fits).take(MOST_GROUPS).collect()
}
