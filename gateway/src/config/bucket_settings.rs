//! A bucket that the file names: where it is, and who signs requests to it. The same for everything that goes into a bucket.

use super::Variables;
use super::given_secrets::given_secret;
use gateway_bucket::{
    AccessKeys, AccessSource, Addressing, BucketSettings, Endpoint, is_bucket_name, is_prefix, is_region,
};
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;
use std::path::PathBuf;

/// A bucket of S3 or of a service that speaks like it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct BucketEntry {
    /// The service's address, such as `https://s3.eu-central-1.amazonaws.com`. Without TLS only in a network that you trust.
    url: String,
    /// The bucket's name.
    name: String,
    /// The bucket's region. Services without regions often call theirs `us-east-1` or `auto`.
    #[schemars(extend("default" = "us-east-1"))]
    region: Option<String>,
    /// Folder in the bucket, such as `team/gateway`.
    prefix: Option<String>,
    /// Whether the bucket's name is in the path of an address, or in front of the host.
    #[schemars(extend("default" = "path"))]
    addressing: Option<AddressingRule>,
    /// Who signs requests. Give this key no right to delete anything.
    access: AccessEntry,
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum AddressingRule {
    Path,
    Host,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AccessEntry {
    /// A file with lines `aws_access_key_id = …`, `aws_secret_access_key = …` and, where there is one, `aws_session_token = …`. It is
    /// read before each request, so it can be replaced at any time.
    file: Option<PathBuf>,
    /// Name of the environment variable, or of the file in `GATEWAY_SECRETS`, with the ID of the access key; if there is no `file`.
    key_id: Option<String>,
    /// The same for its secret.
    secret: Option<String>,
    /// The same for its session token, if it has one.
    session_token: Option<String>,
}

impl BucketEntry {
    /// `at` is where it is in the file, such as `audit.bucket`.
    pub(super) fn read(
        &self,
        at: &str,
        variables: &Variables<'_>,
        faults: &mut Vec<String>,
    ) -> Option<BucketSettings> {
        let before = faults.len();
        let endpoint = Endpoint::parse(&self.url);
        let region = self.region.as_deref().unwrap_or("us-east-1");
        let mut add = |is_wrong: bool, key: &str, why: &str| {
            if is_wrong {
                faults.push(format!("{at}.{key}: {why}"));
            }
        };
        let why = "is not an address such as https://s3.eu-central-1.amazonaws.com, without a path and without the bucket.";
        // What is wrong with it may be that a key is in it.
        add(endpoint.is_none(), "url", &format!("this {why}"));
        let why = "is not the name of a bucket: 3 to 63 small letters, digits, dots and dashes.";
        add(!is_bucket_name(&self.name), "name", &format!("{:?} {why}", self.name));
        add(!is_region(region), "region", &format!("{region:?} is not a region, such as eu-central-1."));
        let prefix = self.prefix.as_deref().filter(|prefix| !prefix.is_empty());
        let why =
            "is not a folder such as team/gateway: letters, digits, dots, dashes, and no / at its ends.";
        add(prefix.is_some_and(|prefix| !is_prefix(prefix)), "prefix", &format!("{:?} {why}", self.prefix));
        let access = self.access.read(&format!("{at}.access"), variables, faults);
        let (endpoint, access) = (endpoint?, access?);
        (faults.len() == before).then(|| BucketSettings {
            endpoint,
            name: self.name.clone(),
            region: region.to_owned(),
            prefix: prefix.map(|prefix| format!("{prefix}/")).unwrap_or_default(),
            addressing: match self.addressing {
                Some(AddressingRule::Host) => Addressing::Host,
                Some(AddressingRule::Path) | None => Addressing::Path,
            },
            access,
        })
    }
}

impl AccessEntry {
    fn read(&self, at: &str, variables: &Variables<'_>, faults: &mut Vec<String>) -> Option<AccessSource> {
        match (&self.file, &self.key_id, &self.secret) {
            (Some(path), None, None) if self.session_token.is_none() => {
                if let Err(why) = AccessSource::check(path) {
                    faults.push(format!("{at}.file: {} {why}.", path.display()));
                }
                Some(AccessSource::File(path.clone()))
            }
            (None, Some(id), Some(secret)) => {
                let mut given =
                    |key: &str, name: &str| named(&format!("{at}.{key}"), name, variables, faults);
                let (id, secret) = (given("key_id", id), given("secret", secret));
                let token = self.session_token.as_ref().map(|name| given("session_token", name));
                let session_token = match token {
                    Some(token) => Some(SecretString::from(token?)),
                    None => None,
                };
                Some(AccessSource::Given(AccessKeys { id: id?, secret: secret?.into(), session_token }))
            }
            _ => {
                faults.push(format!(
                    "{at}: write either `file`, or `key_id` and `secret` with the names of environment variables."
                ));
                None
            }
        }
    }
}

/// What a variable holds whose name is in the file. The name isn't repeated: people write the secret itself there.
fn named(at: &str, name: &str, variables: &Variables<'_>, faults: &mut Vec<String>) -> Option<String> {
    let plain = |c: u8| c.is_ascii_uppercase() || c.is_ascii_digit() || c == b'_';
    let is_name = (1..=100).contains(&name.len()) && name.bytes().all(plain);
    let value = if is_name { given_secret(variables, name, faults) } else { None };
    let value = value.filter(|value| !value.trim().is_empty());
    if value.is_none() {
        faults.push(format!(
            "{at}: this is not the name of a variable that is set, in capital letters such as AUDIT_BUCKET_SECRET. The value itself \
                doesn't belong in the file."
        ));
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    /// Not a secret of anyone's.
    const VALUE: &str = "geheim-und-lang";

    fn read(text: &str) -> (Option<BucketSettings>, Vec<String>) {
        let entry: BucketEntry = serde_yaml::from_str(text).unwrap();
        let variables = |name: &str| match name {
            "BUCKET_ID" => Some("ID1".to_owned()),
            "BUCKET_SECRET" => Some(VALUE.to_owned()),
            "BUCKET_TOKEN" => Some("token".to_owned()),
            _ => None,
        };
        let mut faults = vec![];
        (entry.read("audit.bucket", &variables, &mut faults), faults)
    }

    const WHERE: &str = "url: 'https://s3.example.com', name: heads";

    #[test]
    fn a_bucket_is_read_with_a_key_from_variables_or_a_file() {
        // REQ-PROOF-02
        let keys = "access: { key_id: BUCKET_ID, secret: BUCKET_SECRET, session_token: BUCKET_TOKEN }";
        let (settings, faults) = read(&format!(
            "{{ {WHERE}, region: eu-central-1, prefix: team/gateway, addressing: host, {keys} }}"
        ));
        let settings = settings.unwrap_or_else(|| panic!("{faults:?}"));
        assert_eq!(settings.to_string(), "the bucket heads at https://s3.example.com");
        assert_eq!((settings.prefix.as_str(), settings.addressing), ("team/gateway/", Addressing::Host));
        let AccessSource::Given(keys) = &settings.access else { panic!("{settings:?}") };
        assert_eq!((keys.id.as_str(), keys.secret.expose_secret()), ("ID1", VALUE));
        assert!(!format!("{settings:?}").contains(VALUE), "REQ-HARD-06");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        let text = format!("{{ {WHERE}, access: {{ file: '{}' }} }}", path.display());
        assert!(read(&text).1[0].contains("audit.bucket.access.file: "), "{:?}", read(&text).1);
        std::fs::write(&path, format!("aws_access_key_id = a\naws_secret_access_key = {VALUE}\n")).unwrap();
        let (settings, faults) = read(&text);
        assert_eq!(
            (settings.map(|settings| settings.region), faults),
            (Some("us-east-1".to_owned()), vec![])
        );
    }

    #[test]
    fn what_is_wrong_is_named_and_no_secret_is_shown() {
        // REQ-PROOF-02, REQ-HARD-06
        let keys = "access: { key_id: BUCKET_ID, secret: BUCKET_SECRET }";
        let url = format!("https://a:{VALUE}@x");
        for (text, key) in [
            (format!("{{ url: '{url}', name: heads, {keys} }}"), "audit.bucket.url"),
            (format!("{{ url: 'https://x/heads', name: heads, {keys} }}"), "audit.bucket.url"),
            (format!("{{ url: 'https://x', name: A/B, {keys} }}"), "audit.bucket.name"),
            (format!("{{ {WHERE}, region: '', {keys} }}"), "audit.bucket.region"),
            (format!("{{ {WHERE}, prefix: /a/, {keys} }}"), "audit.bucket.prefix"),
            (format!("{{ {WHERE}, access: {{}} }}"), "audit.bucket.access: "),
            (format!("{{ {WHERE}, access: {{ key_id: BUCKET_ID }} }}"), "audit.bucket.access: "),
            (format!("{{ {WHERE}, access: {{ file: x, key_id: A, secret: B }} }}"), "audit.bucket.access: "),
            (
                format!("{{ {WHERE}, access: {{ key_id: BUCKET_ID, secret: {VALUE} }} }}"),
                "audit.bucket.access.secret",
            ),
            (
                format!("{{ {WHERE}, access: {{ key_id: NOT_SET, secret: BUCKET_SECRET }} }}"),
                "audit.bucket.access.key_id",
            ),
        ] {
            let (settings, faults) = read(&text);
            assert!(
                settings.is_none() && faults.len() == 1 && faults[0].starts_with(key),
                "{text}: {faults:?}"
            );
            assert!(!faults[0].contains(VALUE), "{faults:?}");
        }
    }
}
