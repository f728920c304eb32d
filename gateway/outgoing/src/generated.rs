//! What nobody writes by hand, by its name: lock files, what others wrote, what programs made of something else. A short
//! list on purpose: it isn't counted where the size of a change is.

const NAMES: &[&str] = &[
    "Cargo.lock",
    "Gemfile.lock",
    "Pipfile.lock",
    "bun.lock",
    "composer.lock",
    "flake.lock",
    "go.sum",
    "gradle.lockfile",
    "mix.lock",
    "npm-shrinkwrap.json",
    "package-lock.json",
    "packages.lock.json",
    "pdm.lock",
    "pnpm-lock.yaml",
    "poetry.lock",
    "pubspec.lock",
    "uv.lock",
    "yarn.lock",
];

const FOLDERS: &[&str] = &["node_modules", "vendor", "third_party"];

const ENDS: &[&str] = &[
    ".min.js",
    ".min.css",
    ".js.map",
    ".css.map",
    ".pb.go",
    ".pb.cc",
    ".pb.h",
    "_pb2.py",
    "_pb2_grpc.py",
    ".g.dart",
    ".freezed.dart",
    "_generated.go",
    ".generated.ts",
    ".generated.cs",
];

pub fn is_generated(path: &str) -> bool {
    let mut parts = path.split('/');
    let name = parts.next_back().unwrap_or_default();
    NAMES.contains(&name)
        || ENDS.iter().any(|end| name.ends_with(end))
        || parts.any(|part| FOLDERS.contains(&part))
}

#[cfg(test)]
mod tests {
    use super::is_generated;

    #[test]
    fn what_is_generated_is_known_by_its_name() {
        // REQ-DELIVER-06
        for path in
            ["Cargo.lock", "web/package-lock.json", "a/vendor/b/c.go", "dist/app.min.js", "api/v1/shop.pb.go"]
        {
            assert!(is_generated(path), "{path}");
        }
        for path in
            ["src/lock.rs", "vendor.rs", "package.json", "src/vendors/a.ts", "min.js", "Cargo.lock.md"]
        {
            assert!(!is_generated(path), "{path}");
        }
    }
}
