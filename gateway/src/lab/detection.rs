//! What runs where nobody wrote a recipe: found by the files that common stacks have. Pure.

use super::recipe::Recipe;
use std::path::Path;

/// Longest file that is looked into.
const LONGEST: u64 = 256 * 1024;

/// Reads a file of the copy; none when it is not there, or longer than that.
pub(super) type ReadFile<'a> = dyn Fn(&str, u64) -> Option<Vec<u8>> + 'a;

/// The recipe, and the file that it was guessed from.
pub(super) fn detected(file: &ReadFile<'_>) -> Option<(Recipe, &'static str)> {
    let text = |name: &str| file(name, LONGEST).and_then(|bytes| String::from_utf8(bytes).ok());
    let found = procfile(&text)
        .or_else(|| node(&text))
        .or_else(|| python(&text))
        .or_else(|| rust(&text))
        .or_else(|| go(&text))
        .or_else(|| static_pages(&text))
        .or_else(|| dockerfile(&text))?;
    let image = found.0.image.clone().or_else(|| image_of(&text).map(str::to_owned));
    Some((Recipe { ready: "/".to_owned(), image, ..found.0 }, found.1))
}

type Text<'a> = dyn Fn(&str) -> Option<String> + 'a;

/// What the stack usually runs in, for engines that need to know. Tools that are not in it are the recipe's to bring.
fn image_of(text: &Text<'_>) -> Option<&'static str> {
    let images = [
        ("package.json", "node:22"),
        ("pyproject.toml", "python:3.13"),
        ("requirements.txt", "python:3.13"),
        ("Cargo.toml", "rust:1"),
        ("go.mod", "golang:1"),
        ("Gemfile", "ruby:3"),
    ];
    let found = images.into_iter().find(|(file, _)| text(file).is_some()).map(|(_, image)| image);
    // Pages are served by Python's own server.
    let has_pages =
        || ["", "public/", "dist/"].iter().any(|folder| text(&format!("{folder}index.html")).is_some());
    found.or_else(|| has_pages().then_some("python:3.13"))
}

fn command(command: impl Into<String>) -> Recipe {
    Recipe { command: command.into(), ..Recipe::default() }
}

/// Heroku's file: the line `web: …`.
fn procfile(text: &Text<'_>) -> Option<(Recipe, &'static str)> {
    let file = text("Procfile")?;
    let web = file.lines().find_map(|line| line.strip_prefix("web:"))?.trim();
    (!web.is_empty()).then(|| (command(web), "Procfile"))
}

fn node(text: &Text<'_>) -> Option<(Recipe, &'static str)> {
    let package: serde_json::Value = serde_json::from_str(&text("package.json")?).ok()?;
    if package["scripts"]["start"].is_string() {
        return Some((command("npm start"), "package.json"));
    }
    let main = package["main"].as_str().unwrap_or("server.js");
    let is_plain = main.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte));
    (is_plain && !main.starts_with('-') && text(main).is_some())
        .then(|| (command(format!("node {main}")), "package.json"))
}

/// Entries that say by their name what they are.
fn python(text: &Text<'_>) -> Option<(Recipe, &'static str)> {
    let project = text("pyproject.toml").map(|project| (project, "pyproject.toml"));
    let (needs, from) = project.or_else(|| Some((text("requirements.txt")?, "requirements.txt")))?;
    if text("manage.py").is_some() {
        return Some((command("python3 manage.py runserver $HOST:$PORT"), "manage.py"));
    }
    let entry = ["app", "main"].into_iter().find(|name| text(&format!("{name}.py")).is_some())?;
    let needs = needs.to_lowercase();
    Some(match () {
        () if needs.contains("fastapi") || needs.contains("uvicorn") => {
            (command(format!("python3 -m uvicorn {entry}:app --host $HOST --port $PORT")), from)
        }
        () if needs.contains("flask") => {
            (command(format!("python3 -m flask --app {entry} run --host $HOST --port $PORT")), from)
        }
        () => (command(format!("python3 {entry}.py")), from),
    })
}

fn rust(text: &Text<'_>) -> Option<(Recipe, &'static str)> {
    text("Cargo.toml")?;
    text("src/main.rs").map(|_| (command("cargo run --release"), "Cargo.toml"))
}

fn go(text: &Text<'_>) -> Option<(Recipe, &'static str)> {
    text("go.mod")?;
    text("main.go").map(|_| (command("go run ."), "go.mod"))
}

fn static_pages(text: &Text<'_>) -> Option<(Recipe, &'static str)> {
    let folder =
        ["", "public/", "dist/"].into_iter().find(|folder| text(&format!("{folder}index.html")).is_some())?;
    let folder = if folder.is_empty() { "." } else { folder.trim_end_matches('/') };
    let serve = format!("python3 -m http.server $PORT --bind $HOST --directory {folder}");
    Some((command(serve), "index.html"))
}

/// Nothing is built: the file only says what would run, and where it would listen.
fn dockerfile(text: &Text<'_>) -> Option<(Recipe, &'static str)> {
    let file = text("Dockerfile")?;
    let last = |word: &str| {
        let lines = file.lines().map(str::trim_start);
        lines.filter_map(|line| line.strip_prefix(word)).next_back().map(str::trim)
    };
    let run = last("CMD ")?;
    let words: Option<Vec<String>> = serde_json::from_str(run).ok();
    let run = words.map_or_else(
        || run.to_owned(),
        |words| words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" "),
    );
    let port = last("EXPOSE ").and_then(|port| port.split(['/', ' ']).next()?.parse().ok());
    let port = port.filter(|port| *port >= 1024);
    let image = last("FROM ").and_then(|from| from.split(' ').find(|word| !word.starts_with("--")));
    let image = image.filter(|image| !image.contains('$')).map(str::to_owned);
    Some((Recipe { port, image, ..command(run) }, "Dockerfile"))
}

/// As one word for a shell.
fn quoted(word: &str) -> String {
    let is_plain = !word.is_empty()
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-/:=@%+,".contains(&byte));
    if is_plain { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

/// A file of the copy, as long as it lies in it and is no link.
pub(super) fn file_in(folder: &Path, name: &str, most: u64) -> Option<Vec<u8>> {
    let stays = name.split('/').all(|part| !part.is_empty() && part != "." && part != "..");
    let path = folder.join(name);
    let about = path.symlink_metadata().ok()?;
    (stays && about.is_file() && about.len() <= most).then(|| std::fs::read(path).ok()).flatten()
}
