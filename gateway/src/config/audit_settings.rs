//! What the audit log is signed with, and where its checkpoints go.

use super::bucket_settings::BucketEntry;
use super::resource_rules;
use super::slack::is_id;
use super::{File, Variables};
use crate::anchor::{self, WitnessConfig};
use crate::slack::config::LogHeadPosts;
use crate::token;
use crate::witness::WitnessedLog;
use gateway_bucket::BucketSettings;
use gateway_proof::checkpoint::HeadLine;
use gateway_proof::cosignature::WitnessKey;
use gateway_proof::note::NoteKey;
use jiff::SignedDuration;
use reqwest::Url;
use schemars::JsonSchema;
use serde::Deserialize;
use std::path::PathBuf;

/// How often the log's head is posted, unless the file says otherwise, and not more often than this.
const DAILY: &str = "1d";
const SHORTEST_PACE: SignedDuration = SignedDuration::from_hours(1);

/// A call a minute to each.
const MOST_WITNESSES: usize = 8;

/// Each is a file of a few hundred bytes.
const MOST_LOGS: usize = 256;

/// `audit` in the file.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Section {
    /// A git repository, by address or path, that gets the log's signed checkpoints as commits, at most one a minute. Use one that
    /// refuses force pushes and deletions, on a server that the gateway's operators don't administer.
    /// `GATEWAY_GIT_CONFIG` says how git signs in there.
    anchor: Option<String>,
    /// A bucket with object lock that gets the log's signed checkpoints as objects, at most one a minute (docs/audit.md). Use one that
    /// the gateway's operators don't administer.
    bucket: Option<BucketEntry>,
    /// Witnesses that countersign the log's checkpoints, such as a gateway that other people run (docs/audit.md). At most eight.
    witnesses: Vec<WitnessEntry>,
    /// Audit logs of other gateways that this one witnesses. Opens `/witness/add-checkpoint`.
    witness_for: Vec<WitnessedEntry>,
    /// Where the log's newest head is posted as a line, so that people have old ones without asking. Off without it, or without Slack.
    post_head: Option<PostHeadEntry>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PostHeadEntry {
    /// ID of a Slack channel that the app is a member of. Better not one that the gateway's operators alone read.
    slack: String,
    /// How often, from `1h` to `30d`, counted from midnight UTC; at most once in that time, and only if there is something new.
    #[schemars(extend("default" = "1d"))]
    every: Option<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct WitnessEntry {
    /// The witness's address, without `/add-checkpoint`; of a gateway it ends with `/witness`.
    url: String,
    /// The witness's public key; a gateway prints it with `gateway audit witness-key`.
    key: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct WitnessedEntry {
    /// The log's public key, which its gateway prints with `gateway audit key`.
    key: String,
    /// A line of that log, such as `audit 4999 nIAM1alw…`, that it must continue from. Without it the first checkpoint that
    /// is sent counts.
    from: Option<String>,
}

/// Where the audit log's signed checkpoints go, and whose come here.
#[derive(Clone, Debug)]
pub struct LogHeads {
    /// The repository that they are anchored in.
    pub anchor: Option<anchor::Config>,
    /// The bucket that they are written to.
    pub bucket: Option<BucketSettings>,
    /// Who countersigns them.
    pub witnesses: Vec<WitnessConfig>,
    /// The logs that this gateway countersigns.
    pub witness_for: Vec<WitnessedLog>,
}

pub(super) fn log_heads(
    file: &File,
    variables: &Variables<'_>,
    git_settings: Option<PathBuf>,
    faults: &mut Vec<String>,
) -> LogHeads {
    let bucket = file.audit.bucket.as_ref();
    LogHeads {
        anchor: anchor(file, git_settings, faults),
        bucket: bucket.and_then(|bucket| bucket.read("audit.bucket", variables, faults)),
        witnesses: witnesses(file, faults),
        witness_for: witness_for(file, faults),
    }
}

/// A file with the secret that keys are made of. None: the gateway makes one for itself.
pub(super) fn root_secret(variables: &Variables<'_>, faults: &mut Vec<String>) -> Option<PathBuf> {
    let path = PathBuf::from(variables("GATEWAY_ROOT_SECRET_FILE")?);
    if let Err(error) = token::read_root_secret(&path) {
        faults.push(format!("GATEWAY_ROOT_SECRET_FILE: {} can't be used: {error}.", path.display()));
    }
    Some(path)
}

fn anchor(file: &File, git_settings: Option<PathBuf>, faults: &mut Vec<String>) -> Option<anchor::Config> {
    let remote = file.audit.anchor.clone()?;
    if remote.trim().is_empty() || remote.starts_with('-') {
        faults.push(format!("audit.anchor: {remote:?} is not the address or path of a git repository."));
    }
    Some(anchor::Config { remote, git_settings, every: anchor::EVERY })
}

fn witnesses(file: &File, faults: &mut Vec<String>) -> Vec<WitnessConfig> {
    let entries = &file.audit.witnesses;
    if entries.len() > MOST_WITNESSES {
        faults
            .push(format!("audit.witnesses: {} are listed; at most {MOST_WITNESSES} can be.", entries.len()));
    }
    let mut witnesses: Vec<WitnessConfig> = vec![];
    for (at, WitnessEntry { url, key }) in entries.iter().enumerate() {
        if !Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host()) {
            faults
                .push(format!("audit.witnesses[{at}].url: {url:?} is not an address that begins with http."));
        }
        match key.parse::<WitnessKey>() {
            Ok(key) if witnesses.iter().any(|other| other.key == key) => {
                faults.push(format!("audit.witnesses[{at}].key: this key is listed twice."));
            }
            Ok(key) => witnesses.push(WitnessConfig { url: url.clone(), key }),
            Err(_) => faults.push(format!(
                "audit.witnesses[{at}].key: this is not the key of a witness. A gateway prints its key with `gateway audit witness-key`."
            )),
        }
    }
    witnesses
}

pub(super) fn log_head(file: &File, faults: &mut Vec<String>) -> Option<LogHeadPosts> {
    let PostHeadEntry { slack, every } = file.audit.post_head.as_ref()?;
    if !is_id(slack, &['C', 'G', 'D']) {
        faults.push(format!(
            "audit.post_head.slack: {slack:?} is not a channel ID such as C0123ABCD; it is at the bottom of the channel's \"About\" page."
        ));
    }
    let every = every.as_deref().unwrap_or(DAILY);
    let time = resource_rules::time(every).filter(|time| *time >= SHORTEST_PACE);
    if time.is_none() {
        faults.push(format!(
            "audit.post_head.every: {every:?} is not a time from 1h to 30d, such as 12h or 1d."
        ));
    }
    Some(LogHeadPosts { channel: slack.clone(), every: time? })
}

fn witness_for(file: &File, faults: &mut Vec<String>) -> Vec<WitnessedLog> {
    let entries = &file.audit.witness_for;
    if entries.len() > MOST_LOGS {
        faults.push(format!("audit.witness_for: {} are listed; at most {MOST_LOGS} can be.", entries.len()));
    }
    let mut logs = vec![];
    for (at, WitnessedEntry { key, from }) in entries.iter().enumerate() {
        let key = key.parse::<NoteKey>().map_err(|_| {
            format!(
                "audit.witness_for[{at}].key: this is not the key of a log. Its gateway prints it with `gateway audit key`."
            )
        });
        let from = from.as_ref().map(|line| line.parse::<HeadLine>()).transpose();
        let from = from.map_err(|error| format!("audit.witness_for[{at}].from: {error}."));
        match (key, from) {
            (Ok(key), Ok(from)) => logs.push(WitnessedLog { key, from }),
            (key, from) => faults.extend(key.err().into_iter().chain(from.err())),
        }
    }
    logs
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

    fn read(text: &str) -> (Vec<WitnessConfig>, Vec<WitnessedLog>, Vec<String>) {
        let file = File { audit: serde_yaml::from_str(text).unwrap(), ..File::default() };
        let mut faults = vec![];
        (witnesses(&file, &mut faults), witness_for(&file, &mut faults), faults)
    }

    #[test]
    fn witnesses_are_named_by_address_and_key_and_each_mistake_by_its_place() {
        // REQ-PROOF-02
        let cosigner = gateway_proof::cosignature::Cosigner::named_after_its_key("w/", &[1; 32]).unwrap();
        let key = cosigner.key().to_string();
        let line = "audit 3 rrbPvPpZhH5X3yQ1lLYJ7cO7dxYkFiw4DqLQS4wA7nc=";
        let right = format!(
            "witnesses: [{{ url: 'https://w.example.com/witness', key: {key} }}]\nwitness_for: [{{ key: {LOG}, from: '{line}' }}]"
        );
        let (witnesses, logs, faults) = read(&right);
        assert_eq!((witnesses.len(), logs.len(), faults.len()), (1, 1, 0), "{faults:?}");
        assert_eq!(logs[0].from.as_ref().unwrap().to_string(), line);
        let wrong = format!(
            "witnesses: [{{ url: 'ftp://w', key: {key} }}, {{ url: 'http://w', key: {key} }}, {{ url: 'http://w', key: {LOG} }}]\n\
            witness_for: [{{ key: {key} }}, {{ key: {LOG}, from: yesterday }}]"
        );
        let (.., faults) = read(&wrong);
        let places = [
            "witnesses[0].url",
            "witnesses[1].key: this key is listed twice",
            "witnesses[2].key: this is not",
            "witness_for[0].key",
            "witness_for[1].from",
        ];
        assert_eq!(faults.len(), places.len(), "{faults:#?}");
        assert!(faults.iter().zip(places).all(|(fault, place)| fault.contains(place)), "{faults:#?}");
    }

    #[test]
    fn heads_are_posted_daily_unless_the_file_says_otherwise() {
        // REQ-PROOF-02
        let read = |text: &str| {
            let file = File { audit: serde_yaml::from_str(text).unwrap(), ..File::default() };
            let mut faults = vec![];
            (log_head(&file, &mut faults), faults)
        };
        assert_eq!(read("{}"), (None, vec![]));
        let daily = LogHeadPosts { channel: "C0123".into(), every: SignedDuration::from_hours(24) };
        assert_eq!(read("post_head: { slack: C0123 }"), (Some(daily.clone()), vec![]));
        let often = LogHeadPosts { every: SignedDuration::from_hours(6), ..daily };
        assert_eq!(read("post_head: { slack: C0123, every: 6h }").0, Some(often));
        let (_, faults) = read("post_head: { slack: '#audit', every: 5m }");
        assert!(
            faults.len() == 2 && faults[0].contains("C0123ABCD") && faults[1].contains("1h to 30d"),
            "{faults:?}"
        );
    }

    #[test]
    fn an_anchor_is_off_unless_it_is_named() {
        // REQ-PROOF-02
        let mut faults = vec![];
        let mut read = |anchor: Option<&str>| {
            let section = Section { anchor: anchor.map(str::to_owned), ..Section::default() };
            super::anchor(&File { audit: section, ..File::default() }, None, &mut faults)
        };
        assert!(read(None).is_none());
        assert_eq!(read(Some("/srv/heads.git")).unwrap().remote, "/srv/heads.git");
        read(Some("--upload-pack=touch"));
        read(Some(""));
        assert_eq!(faults.len(), 2, "{faults:?}");
    }

    #[test]
    fn a_root_secret_that_cannot_be_used_is_named_and_not_shown() {
        // REQ-PROOF-02
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        let mut faults = vec![];
        let named = path.display().to_string();
        let mut read = || root_secret(&|_| Some(named.clone()), &mut faults);
        read();
        std::fs::write(&path, "too short to be one").unwrap();
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        assert_eq!(read(), Some(path));
        assert!(
            faults[0].contains("GATEWAY_ROOT_SECRET_FILE") && faults[0].contains("No such file"),
            "{faults:?}"
        );
        assert!(faults[1].contains("openssl rand -hex 32") && !faults[1].contains("too short"), "{faults:?}");
    }
}
