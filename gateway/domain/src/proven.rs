//! How far it is proven that an answer is from the person whom it names.

use serde::{Deserialize, Serialize};

/// Rising: each proves what those before it prove.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// A name that whoever has the gateway's token can choose.
    #[default]
    Claimed,
    /// A provider, Slack or a proxy that signs vouched for the account.
    Account,
    /// As before, and the person showed their provider a short while ago that it is them.
    Fresh,
    /// The person's own key signed this very answer.
    Passkey,
}

impl Proof {
    /// Nothing is proven; records don't write it down.
    pub(crate) fn is_claimed(&self) -> bool {
        *self == Self::Claimed
    }
}

/// What comes with an answer beside the name of who gives it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proven {
    pub proof: Proof,
    /// Groups of the account, as its provider says them.
    pub groups: Vec<String>,
    /// With [`Proof::Passkey`]. It was verified by whoever brings it here.
    pub signed: Option<Box<SignedAnswer>>,
    /// Why the person allows it, in their own words.
    pub reason: Option<String>,
    /// They override the rules, as those who can.
    pub break_glass: bool,
}

impl Proven {
    pub fn by(proof: Proof) -> Self {
        Self { proof, ..Self::default() }
    }

    /// A passkey that signed this very answer.
    pub fn signed(self, signed: SignedAnswer) -> Self {
        Self { proof: Proof::Passkey, signed: Some(Box::new(signed)), ..self }
    }

    /// What counts. That a passkey was used, without what it signed, is nothing that could be shown later.
    pub(crate) fn counts(&self) -> Proof {
        match &self.signed {
            Some(_) => self.proof,
            None => self.proof.min(Proof::Fresh),
        }
    }
}

/// What a passkey signed, kept as it came: a stranger can verify it with nothing else than the key. Bytes are base64url
/// without padding.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SignedAnswer {
    /// The exact text whose digest is the challenge.
    pub statement: String,
    pub credential: String,
    pub authenticator_data: String,
    pub client_data_json: String,
    pub signature: String,
}

/// A passkey as the audit log tells of it when a person adds it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PasskeyNote {
    pub credential: String,
    /// The site that it is for, and the one page that may use it.
    pub rp_id: String,
    pub origin: String,
    /// As PEM, which OpenSSL reads.
    pub public_key: String,
    /// As the authenticator wrote it (COSE), in base64url.
    pub cose_key: String,
}
