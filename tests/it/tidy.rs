//! The house rules that no compiler holds: which room may use which, how long a file may get, what it is called.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Names that files of several rooms may have.
const SHARED_NAMES: &[&str] = &["mod", "metrics", "tests"];

/// A file longer than this is more than one room.
const LONGEST_FILE: usize = 500;

/// What the deciding crate may not depend on: it decides, it does not act.
const IMPURE: &[&str] = &["tokio", "axum", "kube", "git2", "reqwest", "slack", "rand", "tracing"];

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The files that are tracked by git (or would be), with their text.
pub(crate) fn sources(patterns: &[&str]) -> Vec<(String, String)> {
    let mut args = vec!["ls-files", "--cached", "--others", "--exclude-standard", "--"];
    args.extend(patterns);
    let output = Command::new("git").args(args).current_dir(root()).output().unwrap();
    let names = String::from_utf8(output.stdout).unwrap();
    names
        .lines()
        .filter_map(|name| Some((name.to_owned(), std::fs::read_to_string(root().join(name)).ok()?)))
        .collect()
}

/// The room of a file below gateway/src, and the rooms it names.
fn arrows() -> BTreeMap<String, Vec<(String, String)>> {
    let files: Vec<_> = sources(&["gateway/src"])
        .into_iter()
        .filter_map(|(file, text)| Some((room(&file)?, file, text)))
        .collect();
    let rooms: BTreeSet<_> = files.iter().map(|(room, ..)| room.clone()).collect();
    let mut all: BTreeMap<String, Vec<_>> = rooms.iter().map(|room| (room.clone(), vec![])).collect();
    for (room, file, text) in files {
        let inside = file.strip_prefix("gateway/src/").unwrap_or(&file);
        let climbed = climbed_to(inside, &text).into_iter().filter(|name| rooms.contains(name));
        let used = named(&text).into_iter().chain(climbed).filter(|name| *name != room);
        all.entry(room.clone()).or_default().extend(used.map(|name| (name, file.clone())));
    }
    all
}

fn room(file: &str) -> Option<String> {
    let inside = file.strip_prefix("gateway/src/")?;
    let first = inside.split('/').next()?;
    let name = first.strip_suffix(".rs").unwrap_or(first);
    (!matches!(name, "lib" | "main")).then(|| name.to_owned())
}

/// What a text names of its crate; also in a list, as in `use crate::{ask, mask::{mask, mask_map}}`.
fn named(code: &str) -> Vec<String> {
    code.split("crate::").skip(1).flat_map(heads).collect()
}

/// What a file names behind as many `super::` as lead to the top of its crate.
fn climbed_to(inside: &str, code: &str) -> Vec<String> {
    let path = inside.trim_end_matches(".rs").trim_end_matches("/mod");
    let up = "super::".repeat(path.split('/').count());
    code.split(&up).skip(1).map(|rest| rest.trim_start_matches("super::")).flat_map(heads).collect()
}

/// The first words of what follows: `ask` of `ask::Ask`, `ask` and `mask` of `{ask, mask::{mask, mask_map}}`.
fn heads(path: &str) -> Vec<String> {
    let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let names = match path.strip_prefix('{') {
        Some(list) => at_the_top(list).split(',').map(|name| word(name.trim())).collect(),
        None => vec![word(path)],
    };
    names.into_iter().filter(|name| !name.is_empty()).collect()
}

/// A list up to its end, without the lists in it.
fn at_the_top(list: &str) -> String {
    let (mut depth, mut top) = (0, String::new());
    for c in list.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            c if depth == 0 => top.push(c),
            _ => {}
        }
    }
    top
}

#[test]
fn an_arrow_is_seen_however_it_is_written() {
    let lists = "use crate::{\n    bridge::{Bridge, Hub},\n    store,\n};\nlet a = crate::ids::new();";
    assert_eq!(named(lists), ["bridge", "store", "ids"]);
    assert_eq!(climbed_to("web/routes.rs", "use super::super::bridge::Bridge;\nuse super::ids;"), ["bridge"]);
    assert_eq!(climbed_to("web/mod.rs", "use super::{bridge, store::Store};"), ["bridge", "store"]);
    assert_eq!(climbed_to("ids.rs", "use super::super::bridge; use super::*;"), ["bridge"]);
}

/// The table of ARCHITECTURE.md: each room, from the top, with those that it may use.
fn table() -> Vec<(String, BTreeSet<String>)> {
    let page = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let (_, rest) = page.split_once("| room | uses |\n|---|---|\n").expect("the table of arrows");
    let rows = rest.lines().map_while(|line| line.strip_prefix("| ")?.strip_suffix(" |")?.split_once(" | "));
    let names =
        |text: &str| text.split(['`', ',', ' ']).filter(|name| !name.is_empty()).map(str::to_owned).collect();
    rows.map(|(room, used)| (room.trim_matches('`').to_owned(), names(used))).collect()
}

#[test]
fn the_arrows_are_those_of_the_map() {
    let table: BTreeMap<_, _> = table().into_iter().collect();
    let arrows = arrows();
    for (room, used) in &arrows {
        let below =
            table.get(room).unwrap_or_else(|| panic!("the room {room} is not in ARCHITECTURE.md's table"));
        for (name, file) in used {
            assert!(below.contains(name), "{file}: {room} may not use {name} (ARCHITECTURE.md, \"Arrows\")");
        }
    }
    for (room, below) in &table {
        let used: BTreeSet<_> =
            arrows.get(room).into_iter().flatten().map(|(name, _)| name.clone()).collect();
        let unused: Vec<_> = below.difference(&used).collect();
        assert!(unused.is_empty(), "ARCHITECTURE.md says that {room} uses {unused:?}, which it does not");
    }
}

#[test]
fn arrows_point_down() {
    let table = table();
    for (at, (room, used)) in table.iter().enumerate() {
        for name in used {
            let to = table.iter().position(|(other, _)| other == name);
            let to = to.unwrap_or_else(|| panic!("{room} uses {name}, which has no row"));
            assert!(to > at, "{room} uses {name}, which stands above it");
        }
    }
}

#[test]
fn no_two_files_have_one_name() {
    let mut files: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (file, _) in sources(&["gateway/src/*.rs"]) {
        let name = Path::new(&file).file_stem().unwrap().to_string_lossy().into_owned();
        files.entry(name).or_default().push(file);
    }
    files.retain(|name, files| files.len() > 1 && !SHARED_NAMES.contains(&name.as_str()));
    assert!(files.is_empty(), "name them after the feature that they hold: {files:#?}");
}

/// Names that say what was done and not to what.
const BARE_PARTICIPLES: &[&str] = &["Told", "Wanted", "Found", "Kept", "Written", "Placed"];

#[test]
fn no_type_is_a_bare_participle() {
    for (file, text) in sources(&["*.rs"]) {
        for line in text.lines() {
            // An associated type stands deeper, and belongs to a trait that says more.
            let mut words =
                line.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
            let declares = words.any(|word| matches!(word, "struct" | "enum" | "trait" | "type"));
            let name = words.next().filter(|_| declares && !line.starts_with("    type "));
            let is_code = !line.trim_start().starts_with("//");
            assert!(
                !is_code || name.is_none_or(|name| !BARE_PARTICIPLES.contains(&name)),
                "{file}: {line:?} needs a name that says what it is"
            );
        }
    }
}

/// The domain's modules as ARCHITECTURE.md has them, the highest floor first.
fn floors() -> Vec<Vec<String>> {
    let map = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let drawn = map.split("```floors\n").nth(1).expect("a block named floors").split("```").next().unwrap();
    drawn.lines().map(|line| line.split_whitespace().map(str::to_owned).collect()).collect()
}

#[test]
fn the_domains_modules_use_only_the_floors_below_them() {
    let floors = floors();
    let floor = |name: &str| floors.iter().position(|floor| floor.iter().any(|one| one == name));
    let mut seen = std::collections::BTreeSet::new();
    for (file, text) in sources(&["gateway/domain/src"]) {
        let inside = file.strip_prefix("gateway/domain/src/").unwrap();
        let module = inside.split('/').next().unwrap().trim_end_matches(".rs").to_owned();
        if module == "lib" {
            continue;
        }
        let own =
            floor(&module).unwrap_or_else(|| panic!("the module {module} is on no floor of ARCHITECTURE.md"));
        let code = text.split("\n#[cfg(test)]\nmod ").next().unwrap();
        let climbed = climbed_to(inside, code).into_iter().filter(|name| floor(name).is_some());
        for used in named(code).into_iter().chain(climbed).filter(|used| *used != module) {
            let below = floor(&used).unwrap_or_else(|| panic!("{file} uses {used}, which is on no floor"));
            assert!(own < below, "{file}: {module} may not use {used}");
        }
        seen.insert(module);
    }
    let drawn = floors.iter().flatten().cloned().collect();
    assert_eq!(seen, drawn, "modules and the floors of ARCHITECTURE.md");
}

/// The domain knows surfaces, and none of them by name.
#[test]
fn nothing_in_the_domain_is_about_slack() {
    // The shapes of tokens are named after who gives them out.
    let decides = |(file, _): &(String, String)| !file.ends_with("mask/published.tsv");
    for (file, text) in sources(&["gateway/domain/src"]).into_iter().filter(decides) {
        let code = text.split("\n#[cfg(test)]\nmod ").next().unwrap();
        let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
        let found: Vec<_> = lines.filter(|line| line.to_lowercase().contains("slack")).collect();
        assert!(found.is_empty(), "{file}: {found:?}");
    }
}

#[test]
fn the_deciding_crate_stays_pure() {
    let manifest = std::fs::read_to_string(root().join("gateway/domain/Cargo.toml")).unwrap();
    let dependencies = manifest.split("[dev-dependencies]").next().unwrap();
    for name in IMPURE {
        assert!(!dependencies.contains(&format!("\n{name}")), "gateway-domain depends on {name}");
    }
}

#[test]
fn no_file_is_more_than_one_room() {
    for (file, text) in sources(&["*.rs", "*.ts", "*.tsx"]) {
        let lines = text.lines().count();
        assert!(lines <= LONGEST_FILE || file.contains(".gen."), "{file} has {lines} lines");
    }
}

#[test]
fn every_module_says_what_it_is_for() {
    for (file, text) in
        sources(&["gateway/*.rs", "bridge-protocol/*.rs", "opencode-plugin/*.rs", "tests/*.rs"])
    {
        assert!(text.starts_with("//!"), "{file} does not begin with a sentence on its purpose");
    }
}

#[test]
fn no_queue_is_without_a_limit() {
    let forbidden = ["unbounded_", "channel()"].map(|part| format!("mpsc::{part}"));
    for (file, text) in sources(&["gateway/*.rs", "bridge-protocol/*.rs"]) {
        for word in &forbidden {
            assert!(!text.contains(word.as_str()), "{file} uses {word}");
        }
    }
}

#[test]
fn tagged_enums_are_read_by_their_names_only() {
    // Serde may take a variant's place in the list for its name: whatever is read is derived with `remote` and named in `by_name!`.
    for (file, text) in sources(&["gateway/*.rs", "bridge-protocol/*.rs"]) {
        // Its own tests show what serde does without it.
        if file.starts_with("bridge-protocol/by-name/") {
            continue;
        }
        for (at, _) in text.match_indices("#[serde(tag = ") {
            let derived = text[..at].rsplit_once("#[derive(").map_or("", |(_, traits)| traits);
            let rest = text[at..].split_once("enum ").map_or("", |(attributes, _)| attributes);
            let is_read = derived.contains("Deserialize") && !rest.contains("content = ");
            assert!(!is_read || rest.contains(r#"remote = "Self""#), "{file}: {rest}");
        }
    }
}

#[test]
fn the_consoles_types_are_those_of_the_document() {
    // REQ-CONSOLE-02: the document has a test beside the routes, and `npm test` compares every type. This needs no Node.
    let args = ["hash-object", "--no-filters", "docs/openapi.json"];
    let output = Command::new("git").args(args).current_dir(root()).output().unwrap();
    let name = String::from_utf8(output.stdout).unwrap();
    let types = std::fs::read_to_string(root().join("gateway/console/src/api/types.gen.ts")).unwrap();
    let first = types.lines().next().unwrap_or_default();
    assert!(
        first.contains(name.trim()),
        "gateway/console/src/api/types.gen.ts is stale: `make docs` writes it"
    );
}

#[test]
fn the_schema_of_the_state_has_every_kind_of_ask() {
    // REQ-STATE-01: people edit records by it, and no compiler looks into it
    let schema =
        std::fs::read_to_string(root().join(".session-state/schema/session-state.schema.json")).unwrap();
    let kinds = gateway_domain::AskBody::KINDS.map(|kind| format!("{kind:?}")).join(", ");
    let line = format!("\"kind\": {{ \"enum\": [{kinds}] }}");
    assert!(schema.contains(&line), ".session-state/schema/session-state.schema.json does not say {line}");
}

#[test]
fn the_console_says_what_a_session_does_in_the_words_of_all() {
    // REQ-CONSOLE-01: its list is drawn before anything is asked, so it has a copy of these.
    let page = std::fs::read_to_string(root().join("gateway/console/src/kit/status.tsx")).unwrap();
    for word in gateway_domain::Vocabulary::new(vec![]).doing {
        let line = format!("{}: \"{}\"", word.value, word.label);
        assert!(page.contains(&line), "gateway/console/src/kit/status.tsx does not say {line}");
    }
}

#[test]
fn the_console_says_how_agents_are_guarded_in_the_words_of_all() {
    // REQ-GATE-05
    use gateway_domain::GuardLevel::{Guarded, Partly, Unguarded};
    let page = std::fs::read_to_string(root().join("gateway/console/src/kit/guard.ts")).unwrap();
    for level in [Guarded, Partly, Unguarded] {
        let value = serde_json::to_value(level).unwrap();
        let line = format!("{}: \"{}\"", value.as_str().unwrap(), level.word());
        assert!(page.contains(&line), "gateway/console/src/kit/guard.ts does not say {line}");
    }
}
