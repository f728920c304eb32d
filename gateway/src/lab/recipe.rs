//! A recipe: what runs in a lab, and when it is ready. The agent writes the file that it is read from, so it is checked as
//! hostile input, and everything that is wrong with it is told at once. Pure.

use serde::de::IgnoredAny;
use serde_yaml::Value;
use std::collections::BTreeMap;

/// Where a repository keeps it.
pub(super) const FILE: &str = ".opencode/lab.yaml";

/// A recipe is a few lines.
pub(super) const LONGEST_FILE: u64 = 16 * 1024;

const LONGEST_COMMAND: usize = 4_000;
const LONGEST_VALUE: usize = 4_000;
const LONGEST_NAME: usize = 100;
const MOST_VARIABLES: usize = 100;
const LONGEST_PATH: usize = 500;

/// Ports below are the system's.
const LOWEST_PORT: u64 = 1024;

const KEYS: [&str; 6] = ["command", "port", "ready", "directory", "environment", "image"];

/// Variables that are the gateway's to set, or that change how programs are loaded.
const NOT_THEIRS: [&str; 5] = ["PORT", "HOME", "TMPDIR", "PATH", "SHELL"];
const NO_BEGINNINGS: [&str; 3] = ["LD_", "GUARD_", "DYLD_"];

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recipe {
    /// For a shell.
    pub command: String,
    /// Where it listens; else it is told by `PORT`.
    pub port: Option<u16>,
    /// The path that answers once it is ready.
    pub ready: String,
    /// Where it runs, from the copy on.
    pub directory: String,
    pub environment: BTreeMap<String, String>,
    /// For engines that run containers.
    pub image: Option<String>,
}

/// What is wrong with a file, as sentences.
pub(super) fn read(text: &[u8], images: &[String]) -> Result<Recipe, Vec<String>> {
    let text = std::str::from_utf8(text).map_err(|_| vec!["It is not text in UTF-8.".to_owned()])?;
    if let Some(number) = text.lines().position(has_anchor) {
        return Err(vec![format!(
            "line {}: anchors and aliases (`&name`, `*name`) aren't allowed; put the value in quotes if it is none.",
            number + 1
        )]);
    }
    let not_yaml = |error: serde_yaml::Error| vec![format!("It is not YAML of keys and values: {error}.")];
    let names: BTreeMap<String, IgnoredAny> = serde_yaml::from_str(text).map_err(not_yaml)?;
    let unknown: Vec<String> = names.into_keys().filter(|name| !KEYS.contains(&name.as_str())).collect();
    let all: BTreeMap<String, Value> = serde_yaml::from_str(text).map_err(not_yaml)?;
    let mut faults: Vec<String> = unknown
        .iter()
        .map(|name| format!("`{}`: unknown key; known are {}.", shortened(name), KEYS.join(", ")))
        .collect();
    let recipe = Reader { all: &all, faults: &mut faults }.recipe();
    faults.extend(faults_of(&recipe, images));
    if faults.is_empty() { Ok(recipe) } else { Err(faults) }
}

/// All that cannot be used, wherever the recipe is from.
pub(super) fn faults_of(recipe: &Recipe, images: &[String]) -> Vec<String> {
    let mut faults = vec![];
    let Recipe { command, port, ready, directory, environment, image } = recipe;
    match command.trim() {
        "" => faults.push("`command`: missing; write what starts the app, such as `npm start`.".to_owned()),
        text if text.len() > LONGEST_COMMAND || text.contains('\0') => {
            faults.push(format!("`command`: longer than {LONGEST_COMMAND} bytes, or not plain text."));
        }
        _ => {}
    }
    if port.is_some_and(|port| u64::from(port) < LOWEST_PORT) {
        faults.push(format!("`port`: must be from {LOWEST_PORT} to 65535."));
    }
    let is_path = ready.starts_with('/')
        && !ready.starts_with("//")
        && ready.len() <= LONGEST_PATH
        && ready.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if !is_path {
        faults.push("`ready`: must be a path of the app, such as /healthz.".to_owned());
    }
    faults.extend(fault_of_directory(directory));
    faults.extend(faults_of_environment(environment));
    if let Some(image) = image {
        faults.extend(fault_of_image(image, images));
    }
    faults
}

/// It stays in the copy: no whole paths, no way up.
fn fault_of_directory(directory: &str) -> Option<String> {
    let is_plain =
        |part: &str| !part.is_empty() && part != "." && part != ".." && !part.contains(['\0', '\\']);
    let stays = directory.is_empty() || directory.split('/').all(is_plain) && directory.len() <= LONGEST_PATH;
    (!stays).then(|| {
        format!(
            "`directory`: {} leads out of the repository; write a folder in it, such as apps/web.",
            quoted(directory)
        )
    })
}

fn faults_of_environment(environment: &BTreeMap<String, String>) -> Vec<String> {
    let mut faults = vec![];
    if environment.len() > MOST_VARIABLES {
        faults.push(format!("`environment`: more than {MOST_VARIABLES} variables."));
    }
    for (name, value) in environment.iter().take(MOST_VARIABLES) {
        let is_name = !name.is_empty()
            && name.len() <= LONGEST_NAME
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            && !name.starts_with(|first: char| first.is_ascii_digit());
        let is_theirs = !NOT_THEIRS.contains(&name.as_str())
            && !NO_BEGINNINGS.iter().any(|beginning| name.starts_with(beginning));
        match () {
            () if !is_name => faults.push(format!(
                "`environment`: {} is not a valid name; use letters, digits and _.",
                quoted(name)
            )),
            () if !is_theirs => faults.push(format!("`environment`: {name} can't be set here.")),
            () if value.len() > LONGEST_VALUE || value.contains('\0') => {
                faults.push(format!("`environment`: {name} is longer than {LONGEST_VALUE} bytes."));
            }
            () => {}
        }
    }
    faults
}

pub(super) fn fault_of_image(image: &str, allowed: &[String]) -> Option<String> {
    let is_plain = !image.is_empty()
        && image.len() <= 255
        && image.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-/:@".contains(&byte));
    if !is_plain {
        return Some(format!("`image`: {} is not a valid image.", quoted(image)));
    }
    let is_allowed = allowed.is_empty() || allowed.iter().any(|pattern| fits(pattern, image));
    (!is_allowed)
        .then(|| format!("`image`: {image} isn't allowed here. Allowed are: {}.", allowed.join(", ")))
}

/// `node:*` allows all that begin with `node:`.
fn fits(pattern: &str, image: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == image, |beginning| image.starts_with(beginning))
}

/// Reads what is of the right kind, and notes what is not.
struct Reader<'a> {
    all: &'a BTreeMap<String, Value>,
    faults: &'a mut Vec<String>,
}

impl Reader<'_> {
    fn recipe(&mut self) -> Recipe {
        Recipe {
            command: self.text("command").unwrap_or_default(),
            port: self.port(),
            ready: self.text("ready").unwrap_or_else(|| "/".to_owned()),
            directory: self.directory(),
            environment: self.environment(),
            image: self.text("image"),
        }
    }

    fn text(&mut self, key: &str) -> Option<String> {
        match self.all.get(key) {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(text.clone()),
            Some(_) => {
                self.faults.push(format!("`{key}`: must be text."));
                None
            }
        }
    }

    fn port(&mut self) -> Option<u16> {
        let value = self.all.get("port").filter(|value| !value.is_null())?;
        let port =
            value.as_u64().filter(|port| *port >= LOWEST_PORT).and_then(|port| u16::try_from(port).ok());
        if port.is_none() {
            self.faults.push(format!("`port`: must be a number from {LOWEST_PORT} to 65535."));
        }
        port
    }

    /// `./web/` is meant as `web`.
    fn directory(&mut self) -> String {
        let text = self.text("directory").unwrap_or_default();
        let text = text.strip_prefix("./").unwrap_or(&text);
        let text = text.strip_suffix('/').filter(|rest| !rest.is_empty()).unwrap_or(text);
        if text == "." { String::new() } else { text.to_owned() }
    }

    fn environment(&mut self) -> BTreeMap<String, String> {
        let Some(value) = self.all.get("environment").filter(|value| !value.is_null()) else {
            return BTreeMap::new();
        };
        let Value::Mapping(map) = value else {
            self.faults.push("`environment`: must be names with values.".to_owned());
            return BTreeMap::new();
        };
        let mut environment = BTreeMap::new();
        for (name, value) in map {
            let value = match value {
                Value::String(text) => Some(text.clone()),
                Value::Number(number) => Some(number.to_string()),
                Value::Bool(flag) => Some(flag.to_string()),
                _ => None,
            };
            match (name.as_str(), value) {
                (Some(name), Some(value)) => drop(environment.insert(name.to_owned(), value)),
                (name, _) => self.faults.push(format!(
                    "`environment`: {} must have a text or a number as its value.",
                    quoted(name.unwrap_or("a name"))
                )),
            }
        }
        environment
    }
}

/// A few lines of YAML need no anchors, and with them they could stand for gigabytes.
fn has_anchor(line: &str) -> bool {
    let value = line.split_once(": ").map_or(line, |(_, value)| value).trim_start();
    if value.starts_with(['"', '\'']) {
        return false;
    }
    let bytes = value.as_bytes();
    bytes.iter().enumerate().any(|(at, byte)| {
        let before = at.checked_sub(1).and_then(|before| bytes.get(before));
        let begins = before.is_none_or(|byte| b" [{,-".contains(byte));
        let named = bytes.get(at + 1).is_some_and(u8::is_ascii_alphanumeric);
        matches!(byte, b'&' | b'*') && begins && named
    })
}

fn quoted(text: &str) -> String {
    format!("{:?}", shortened(text))
}

fn shortened(text: &str) -> String {
    gateway_domain::cut(&gateway_domain::visible(text), 80)
}
