//! Recipes as agents write them, and what is guessed without one.

use super::detection::detected;
use super::recipe::{self, Recipe};
use std::collections::BTreeMap;

fn faults(text: &str) -> String {
    recipe::read(text.as_bytes(), &["node:*".to_owned()]).unwrap_err().join("\n")
}

#[test]
fn a_whole_recipe_is_read() {
    // REQ-LAB-07
    let text = "command: npm start && true\nport: 3000\nready: /healthz\ndirectory: ./apps/web/\n\
                environment: { NODE_ENV: lab, WORKERS: 2 }\nimage: node:22\n";
    let environment = [("NODE_ENV", "lab"), ("WORKERS", "2")];
    let expected = Recipe {
        command: "npm start && true".into(),
        port: Some(3000),
        ready: "/healthz".into(),
        directory: "apps/web".into(),
        environment: environment.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        image: Some("node:22".into()),
    };
    assert_eq!(recipe::read(text.as_bytes(), &["node:*".to_owned()]), Ok(expected));
    let least = recipe::read(b"command: ./run\n", &[]).unwrap();
    assert_eq!((least.ready.as_str(), least.port, least.directory.as_str()), ("/", None, ""));
}

#[test]
fn everything_that_is_wrong_is_named_at_once() {
    // REQ-LAB-07
    let told = faults(
        "port: 80\nready: http://evil/\ndirectory: ../../etc\nvolumes: [/etc]\nimage: evil/root\n\
         environment: { LD_PRELOAD: /x.so, PATH: /x, '1A': x, LIST: [1] }\nprivileged: true\n",
    );
    for part in [
        "`command`: missing",
        "`port`: must be a number from 1024",
        "`ready`: must be a path",
        "`directory`: \"../../etc\" leads out of the repository",
        "`volumes`: unknown key; known are command",
        "`privileged`: unknown key",
        "`image`: evil/root isn't allowed here. Allowed are: node:*",
        "LD_PRELOAD can't be set",
        "PATH can't be set",
        "\"1A\" is not a valid name",
        "\"LIST\" must have a text",
    ] {
        assert!(told.contains(part), "{part}\nin\n{told}");
    }
}

#[test]
fn host_paths_and_odd_folders_are_refused() {
    // REQ-LAB-07
    for directory in ["/etc", "..", "a/../../b", "a//b", "a/./b", "~root/../..", "a\\..\\b", "/"] {
        let text = format!("command: x\ndirectory: '{directory}'\n");
        let read = recipe::read(text.as_bytes(), &[]);
        let stays = read.as_ref().is_ok_and(|recipe| recipe.directory.starts_with('~'));
        assert!(read.is_err() || stays, "{directory}: {read:?}");
    }
}

#[test]
fn bombs_and_what_is_no_yaml_are_refused_quickly() {
    // REQ-LAB-07
    let mut bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for (name, of) in ["b", "c", "d", "e", "f", "g"].into_iter().zip(["a", "b", "c", "d", "e", "f"]) {
        bomb += &format!("{name}: &{name} [{}]\n", vec![format!("*{of}"); 9].join(", "));
    }
    assert!(faults(&bomb).contains("anchors and aliases"));
    for odd in ["- a list\n", "just text\n", "command: [\n", "\0\0\0", "{{{{{{{{{{"] {
        assert!(recipe::read(odd.as_bytes(), &[]).is_err(), "{odd:?}");
    }
    assert!(recipe::read(b"\xff\xfe", &[]).unwrap_err()[0].contains("UTF-8"));
    assert!(recipe::read("command: a && b & c\n".as_bytes(), &[]).is_ok(), "a shell's own signs are none");
}

fn guessed(files: &[(&str, &str)]) -> Option<(String, &'static str)> {
    let files: BTreeMap<&str, &str> = files.iter().copied().collect();
    let read = |name: &str, _most: u64| files.get(name).map(|text| text.as_bytes().to_vec());
    detected(&read).map(|(recipe, from)| (recipe.command, from))
}

#[test]
fn each_stack_suggests_an_image() {
    // REQ-LAB-07
    let image = |files: &[(&str, &str)]| {
        let files: BTreeMap<&str, &str> = files.iter().copied().collect();
        let read = |name: &str, _most: u64| files.get(name).map(|text| text.as_bytes().to_vec());
        detected(&read).and_then(|(recipe, _)| recipe.image)
    };
    for (files, expected) in [
        (&[("package.json", r#"{ "scripts": { "start": "x" } }"#)][..], Some("node:22")),
        (&[("Procfile", "web: npm start"), ("package.json", "{}")], Some("node:22")),
        (&[("requirements.txt", ""), ("app.py", "")], Some("python:3.13")),
        (&[("index.html", "")], Some("python:3.13")),
        (&[("go.mod", ""), ("main.go", "")], Some("golang:1")),
        (&[("Procfile", "web: ./own")], None),
        (&[("Dockerfile", "FROM --platform=x a AS b\nFROM nginx:1 AS c\nCMD x\n")], Some("nginx:1")),
        (&[("Dockerfile", "ARG V\nFROM node:$V\nCMD x\n")], None),
    ] {
        assert_eq!(image(files).as_deref(), expected, "{files:?}");
    }
}

#[test]
fn common_stacks_are_known_by_their_files() {
    // REQ-LAB-07
    let start = r#"{ "scripts": { "start": "node server.js" } }"#;
    for (files, command, from) in [
        (&[("package.json", start)][..], "npm start", "package.json"),
        (&[("package.json", "{}"), ("server.js", "")], "node server.js", "package.json"),
        (&[("Procfile", "release: x\nweb: bundle exec rails s\n")], "bundle exec rails s", "Procfile"),
        (
            &[("requirements.txt", "Flask==3\n"), ("app.py", "")],
            "python3 -m flask --app app run --host $HOST --port $PORT",
            "requirements.txt",
        ),
        (
            &[("pyproject.toml", "dependencies = ['fastapi']"), ("main.py", "")],
            "python3 -m uvicorn main:app --host $HOST --port $PORT",
            "pyproject.toml",
        ),
        (&[("Cargo.toml", ""), ("src/main.rs", "")], "cargo run --release", "Cargo.toml"),
        (&[("go.mod", ""), ("main.go", "")], "go run .", "go.mod"),
        (
            &[("public/index.html", "")],
            "python3 -m http.server $PORT --bind $HOST --directory public",
            "index.html",
        ),
        (
            &[("Dockerfile", "FROM x\nEXPOSE 8080/tcp\nCMD [\"./serve\", \"a b\"]\n")],
            "./serve 'a b'",
            "Dockerfile",
        ),
    ] {
        assert_eq!(guessed(files), Some((command.to_owned(), from)));
    }
    for nothing in [&[("package.json", "{}")][..], &[("package.json", "no json")], &[("README.md", "")]] {
        assert_eq!(guessed(nothing), None, "{nothing:?}");
    }
    // A name that would be more than one word for a shell.
    assert_eq!(guessed(&[("package.json", r#"{ "main": "x;reboot" }"#), ("x;reboot", "")]), None);
}
