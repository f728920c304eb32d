//! Rego has no functions that call themselves. The engine looks for rules that do and not for functions, and one would use
//! up the stack and take the gateway with it; so packs are searched for them before they are asked anything.
//!
//! Which functions a function's text names is read from the text itself: a name too many only refuses what could have
//! been written otherwise.

use crate::PackFault;
use regorus::Engine;
use regorus::unstable::{Module, Rule, RuleHead};
use std::collections::{BTreeMap, BTreeSet};

/// What calls what can be as deep as this, and the stack has room for it.
const MAX_RULES: usize = 500;

struct Function {
    file: String,
    line: u32,
    /// Full paths that its text names.
    names: BTreeSet<String>,
}

pub(crate) fn check(engine: &mut Engine) -> Result<(), PackFault> {
    let modules = engine.get_modules();
    let rules: usize = modules.iter().map(|module| module.policy.len()).sum();
    if rules > MAX_RULES {
        return Err(PackFault::of(
            "rules",
            format!("There are {rules} rules, and {MAX_RULES} are the most."),
        ));
    }
    let mut functions: BTreeMap<String, Function> = BTreeMap::new();
    for module in modules.iter() {
        for (path, function) in functions_of(module) {
            match functions.get_mut(&path) {
                Some(known) => known.names.extend(function.names),
                None => {
                    functions.insert(path, function);
                }
            }
        }
    }
    match functions.iter().find(|(path, _)| reaches_itself(path, &functions)) {
        Some((path, Function { file, line, .. })) => {
            let name = path.rsplit('.').next().unwrap_or_default();
            Err(PackFault::at(
                file,
                Some(*line),
                format!("The function {name} calls itself, directly or by way of another."),
            ))
        }
        None => Ok(()),
    }
}

fn reaches_itself(start: &str, functions: &BTreeMap<String, Function>) -> bool {
    let mut next = vec![start];
    let mut seen = BTreeSet::new();
    while let Some(path) = next.pop() {
        for name in functions.get(path).into_iter().flat_map(|function| &function.names) {
            if name == start {
                return true;
            }
            if functions.contains_key(name) && seen.insert(name.as_str()) {
                next.push(name);
            }
        }
    }
    false
}

fn functions_of(module: &Module) -> Vec<(String, Function)> {
    let package = format!("data.{}", plain(module.package.refr.span().text()));
    let imports = imports(module);
    let text = module.package.span.source.contents();
    let mut found = vec![];
    for (n, rule) in module.policy.iter().enumerate() {
        let Rule::Spec { span, head: RuleHead::Func { refr, .. }, .. } = rule.as_ref() else { continue };
        let end = module.policy.get(n + 1).map_or(text.len(), |next| next.span().start as usize);
        // Behind its own name.
        let body = text.get(refr.span().end as usize..end).unwrap_or(text.as_str());
        let names = chains(body).into_iter().map(|chain| full(&chain, &package, &imports)).collect();
        let path = full(&plain(refr.span().text()), &package, &BTreeMap::new());
        found.push((path, Function { file: span.source.file().clone(), line: span.line, names }));
    }
    found
}

/// What a module calls others by.
fn imports(module: &Module) -> BTreeMap<String, String> {
    let named = module.imports.iter().map(|import| {
        let path = plain(import.refr.span().text());
        let name = import.r#as.as_ref().map(|name| name.text().to_owned());
        (name.unwrap_or_else(|| path.rsplit('.').next().unwrap_or_default().to_owned()), path)
    });
    named.collect()
}

fn full(chain: &str, package: &str, imports: &BTreeMap<String, String>) -> String {
    let (first, rest) = chain.split_at(chain.find('.').unwrap_or(chain.len()));
    match (first, imports.get(first)) {
        (_, Some(import)) => format!("{import}{rest}"),
        ("data" | "input", None) => chain.to_owned(),
        _ => format!("{package}.{chain}"),
    }
}

/// `a["b"].c` is `a.b.c`.
fn plain(path: &str) -> String {
    chains(path).into_iter().next().unwrap_or_default()
}

/// Names with what stands behind their dots. What is in comments and texts names nothing, but for `a["b"]`.
fn chains(text: &str) -> BTreeSet<String> {
    let (mut found, mut chain, mut rest) = (BTreeSet::new(), String::new(), text);
    while let Some(c) = rest.chars().next() {
        let follows = !chain.is_empty() && !chain.ends_with('.');
        let length = if is_name(c) {
            let length = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
            chain.push_str(&rest[..length]);
            length
        } else if let Some(name) = bracketed(rest).filter(|_| follows) {
            chain.push('.');
            chain.push_str(name);
            name.len() + 4
        } else if c == '.' && follows {
            chain.push('.');
            1
        } else {
            found.insert(std::mem::take(&mut chain));
            skipped(c, rest)
        };
        rest = &rest[length..];
    }
    found.insert(chain);
    found.remove("");
    found
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// `b` of `["b"]`.
fn bracketed(rest: &str) -> Option<&str> {
    let (name, _) = rest.strip_prefix("[\"")?.split_once("\"]")?;
    name.chars().all(is_name).then_some(name)
}

/// How long a comment or a text is that begins here; anything else is one letter.
fn skipped(c: char, rest: &str) -> usize {
    match c {
        '#' => rest.find('\n').unwrap_or(rest.len()),
        '`' => rest[1..].find('`').map_or(rest.len(), |end| end + 2),
        '"' => {
            let mut is_escaped = false;
            let end = rest[1..].find(|c| {
                let ends = c == '"' && !is_escaped;
                is_escaped = c == '\\' && !is_escaped;
                ends
            });
            end.map_or(rest.len(), |end| end + 2)
        }
        other => other.len_utf8(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_with_what_stands_behind_their_dots() {
        let found = chains("f(x) := lib.g(data[\"a\"].b, \"# h \\\" l\", `m`) # i(\n j[k]");
        let names: Vec<_> = found.iter().map(String::as_str).collect();
        assert_eq!(names, ["data.a.b", "f", "j", "k", "lib.g", "x"]);
    }
}
