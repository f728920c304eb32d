//! The line before a record's seal: that a gateway with our key wrote this text, for this session and as this revision.

use super::yaml;
use crate::store::state_keys::{Proof, Signed, StateKeys, Trust};

pub(crate) const MAC: &str = "mac";

/// The line for a text that ends before it.
pub(crate) fn line(keys: &StateKeys, id: &str, revision: u64, text: &str) -> String {
    format!("{MAC}: {}\n", keys.sign(Signed::Record, &parts(id, &revision.to_be_bytes(), text)))
}

/// Whether the file of this session is as a gateway wrote it.
pub(crate) fn proof(bytes: &[u8], id: &str, trust: &Trust) -> Proof {
    trust.proof(|keys| is_signed(bytes, id, keys).unwrap_or(false))
}

/// The seal is only a checksum: it is not asked whether it fits.
fn is_signed(bytes: &[u8], id: &str, keys: &StateKeys) -> Option<bool> {
    let revision = yaml::revision(bytes)?;
    let text = std::str::from_utf8(bytes).ok()?;
    let body = text.get(..=text.trim_end_matches('\n').rfind('\n')?)?;
    let start = body.trim_end_matches('\n').rfind('\n')? + 1;
    let signature = body[start..].strip_prefix(MAC)?.strip_prefix(": ")?.trim_end();
    Some(keys.is_signed(Signed::Record, &parts(id, &revision.to_be_bytes(), &text[..start]), signature))
}

fn parts<'a>(id: &'a str, revision: &'a [u8], text: &'a str) -> [&'a [u8]; 3] {
    [id.as_bytes(), revision, text.as_bytes()]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::store::records::sample::{Sample, sample};
    use gateway_proof::keys::RootSecret;
    use serde_yaml::Mapping;

    const ID: &str = "ses_00000001";

    fn trust(seed: u8) -> Trust {
        Trust::new(StateKeys::of(&RootSecret::new(&[seed; 32])), false)
    }

    #[test]
    fn a_record_is_known_as_its_gateways_own_text_session_and_revision() {
        // REQ-PROOF-03, H6
        let text = yaml::render_signed(&sample(1), 42, &Mapping::new(), trust(1).keys()).unwrap();
        let lines: Vec<_> = text.lines().rev().take(2).collect();
        assert!(lines[0].starts_with("seal: ") && lines[1].starts_with("mac: "), "{text}");
        let is_ours = |text: &str, id, seed| proof(text.as_bytes(), id, &trust(seed)) == Proof::Signed;
        assert!(is_ours(&text, ID, 1));
        assert!(!is_ours(&text, "ses_00000002", 1) && !is_ours(&text, ID, 2));
        assert!(!is_ours(&text.replace("revision: 42", "revision: 43"), ID, 1));
        assert!(!is_ours(&text.replace("title: I", "title: X"), ID, 1));
        assert!(!is_ours(&format!("note: x\n{text}"), ID, 1));
        assert!(is_ours(&text.replace(lines[0], "seal: edited"), ID, 1), "only the checksum was touched");
        let unsigned = yaml::render(&sample(1), 42, &Mapping::new()).unwrap();
        assert!(!is_ours(&unsigned, ID, 1));
        for cut in 0..=text.rfind("seal: ").unwrap() {
            assert!(!is_ours(&text[..cut], ID, 1), "cut at {cut}");
        }
    }

    #[test]
    fn the_signature_is_no_field_of_the_record_nor_carried_along() {
        // REQ-PROOF-03, REQ-STATE-01
        let foreign: Mapping = serde_yaml::from_str("note: ask Ann first").unwrap();
        for (foreign, count) in [(Mapping::new(), 0), (foreign, 1)] {
            let text = yaml::render_signed(&sample(1), 42, &foreign, trust(1).keys()).unwrap();
            let sheet = yaml::read::<Sample>(text.as_bytes(), ID).unwrap();
            assert_eq!((sheet.record, sheet.foreign.len(), sheet.edited), (sample(1), count, false));
        }
    }
}
