//! Where a text has what looks like a secret, and by which rule: for those that keep secrets from leaving, with the same
//! readers that hide them. What stands in source code is judged more strictly than what is shown: a word too many that is
//! hidden costs little, one that holds work back costs much.

use super::anchors::{self, Anchor};
use super::bytes::{before, is_blank, is_quote, part};
use super::harmless::PLACEHOLDERS;
use super::judge::{looks_chosen, looks_random};
use super::shapes::{Misses, SHAPES};
use super::{Grammar, addresses, decoded, headers, manifests, private_keys, settings};
use std::ops::Range;

/// Shorter ones are words of a test more often than anybody's password.
const SHORTEST: usize = 8;

/// The same of a value whose name promises less.
const SHORTEST_KEY: usize = 16;

/// A line of a private key has 64 signs.
const SHORTEST_BODY: usize = 48;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretPlace {
    /// `github-token`, `private-key`, `named-secret`, …
    pub rule: &'static str,
    pub at: Range<usize>,
}

/// In the order of their places.
pub fn find_secrets(text: &[u8]) -> Vec<SecretPlace> {
    let mut found =
        SecretSearch { text, places: vec![], misses: Misses::default(), until: 0, manifest_until: 0 };
    match anchors::hits(text) {
        None => found.add("unreadable", 0..text.len()),
        Some(hits) => hits.for_each(|(anchor, place)| found.look(anchor, &place)),
    }
    let mut encoded = vec![];
    decoded::find_decoded(text, Grammar::Shell, &mut encoded);
    encoded.into_iter().for_each(|at| found.add("encoded-secret", at));
    found.sorted()
}

struct SecretSearch<'a> {
    text: &'a [u8],
    places: Vec<SecretPlace>,
    misses: Misses,
    /// What is inside of something that was found is not looked at again.
    until: usize,
    manifest_until: usize,
}

impl SecretSearch<'_> {
    fn look(&mut self, anchor: Anchor, place: &Range<usize>) {
        let text = self.text;
        match anchor {
            _ if place.start < self.until => {}
            Anchor::Shape(number) => {
                let Some(shape) = SHAPES.get(number) else { return };
                if let Some(at) = shape.found(text, place, &mut self.misses) {
                    self.until = at.end;
                    self.shaped(shape.name(), at);
                }
            }
            Anchor::PrivateKey => {
                let at = private_keys::armoured(text, place.start, Grammar::Text);
                // A head alone is what programs look for.
                if let Some(at) = at.filter(|at| at.len() >= 120) {
                    self.until = at.end;
                    self.add("private-key", at);
                }
            }
            Anchor::Putty => self.extend("private-key", private_keys::of_putty(text, place.end)),
            Anchor::Address => {
                let login = addresses::login_at(text, place, Grammar::Text);
                self.extend("password-in-address", login.filter(|at| is_password(part(text, at.clone()))));
            }
            Anchor::Authorization => {
                self.extend("authorization", self.random(headers::authorization_at(text, place)))
            }
            Anchor::Scheme => self.extend("authorization", self.random(headers::scheme_at(text, place))),
            Anchor::Manifest if place.start < self.manifest_until => {}
            Anchor::Manifest => {
                let (values, end) = manifests::values_of(text, place, Grammar::Text);
                self.manifest_until = end;
                self.extend("kubernetes-secret", values.into_iter().filter(|at| at.len() >= SHORTEST));
            }
            Anchor::Name => self.named(place),
            // What programs are told and what browsers keep is no part of source code.
            Anchor::Cookie | Anchor::Program(_) => {}
        }
    }

    /// Not what documents show in its place, nor the first signs of a key that programs know it by.
    fn shaped(&mut self, rule: &'static str, at: Range<usize>) {
        let value = part(self.text, at.clone());
        let lower = String::from_utf8_lossy(value).to_ascii_lowercase();
        let is_sample = value.len() < 100 && PLACEHOLDERS.iter().any(|text| lower.contains(text));
        let is_head = rule.starts_with("private-key") && value.len() < SHORTEST_BODY;
        if !is_sample && !is_head {
            self.add(rule, at);
        }
    }

    fn named(&mut self, place: &Range<usize>) {
        let named = settings::named_at(self.text, place, Grammar::Text);
        let Some(at) = named.value else { return };
        let (name, value) = (part(self.text, named.name.clone()), part(self.text, at.clone()));
        let is_quoted = is_quote(before(self.text, at.start));
        // Prose and code have bare words behind a name; a setting has nothing else.
        let is_set =
            is_quoted || before(self.text, at.start) == b'=' || is_blank(before(self.text, at.start));
        let is_strong = settings::promises_password(name);
        let is_secret = if is_strong { is_password(value) } else { is_key(value) };
        if is_set && is_secret {
            self.until = at.end;
            self.add("named-secret", at);
        }
    }

    fn random(&self, at: impl IntoIterator<Item = Range<usize>>) -> Vec<Range<usize>> {
        at.into_iter().filter(|at| is_key(part(self.text, at.clone()))).collect()
    }

    fn extend(&mut self, rule: &'static str, at: impl IntoIterator<Item = Range<usize>>) {
        at.into_iter().for_each(|at| self.add(rule, at));
    }

    fn add(&mut self, rule: &'static str, at: Range<usize>) {
        self.places.push(SecretPlace { rule, at });
    }

    /// What lies in another is that.
    fn sorted(mut self) -> Vec<SecretPlace> {
        self.places.sort_by_key(|place| (place.at.start, std::cmp::Reverse(place.at.end)));
        let mut end = 0;
        self.places.retain(|place| {
            let is_new = place.at.end > end;
            end = end.max(place.at.end);
            is_new
        });
        self.places
    }
}

fn is_password(value: &[u8]) -> bool {
    value.len() >= SHORTEST && (looks_chosen(value) || looks_random(value))
}

fn is_key(value: &[u8]) -> bool {
    value.len() >= SHORTEST_KEY && looks_random(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(text: &str) -> Vec<&'static str> {
        find_secrets(text.as_bytes()).into_iter().map(|place| place.rule).collect()
    }

    #[test]
    fn what_is_a_secret_is_found_by_its_rule() {
        // REQ-DELIVER-06
        let token = ["ghp_", "aB3dE5gH7jK9mN1pQ3sT5vX7zA9cE1gI3kM5"].concat();
        let app =
            ["ghs_", "123456_", "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJnaCJ9.c2lnbmF0dXJlLW9mLXRva2Vu"].concat();
        let key =
            ["-----BEGIN RSA PRIVATE ", "KEY-----\n", &"Ab1+".repeat(40), "\n-----END RSA PRIVATE KEY-----"]
                .concat();
        for (text, rule) in [
            (format!("const t = \"{token}\";"), "github"),
            (format!("const t = \"{app}\";"), "github"),
            (key, "private-key"),
            (["postgres://app:", "hunter22x@db.test/shop"].concat(), "password-in-address"),
            (["password = \"", "correct4horse\""].concat(), "named-secret"),
            (["AWS_SECRET_ACCESS_KEY=", "wJalrXUtnFEMIK7MDENGbPxRfiCYzXcVbNm12345"].concat(), "named-secret"),
        ] {
            let found = rules(&text);
            assert!(found.iter().any(|found| found.starts_with(rule)), "{rule}: {found:?}");
        }
    }

    #[test]
    fn code_that_handles_secrets_has_none() {
        // REQ-DELIVER-06: work that is held back for nothing teaches people to look away
        for text in [
            "let token = request.header(\"authorization\");",
            "password: string;",
            "if password != confirmation { return Err(Wrong) }",
            "const secretKey = await loadSecret('payments');",
            "the password is checked before the session begins",
            "if text.starts_with(\"-----BEGIN RSA PRIVATE KEY-----\") {",
            "integrity sha512-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU==",
            "API_KEY=${API_KEY}",
            "SLACK_BOT_TOKEN: xoxb-your-token",
            "let heads = [\"MHcCAQEEI\", \"b3BlbnNzaC1rZXktdjE\"];",
        ] {
            assert_eq!(rules(text), Vec::<&str>::new(), "{text}");
        }
    }
}
