//! Alloy's configuration, read by a small reader of ours: Grafana's program is in no registry that the tests use. It
//! knows the components that are used here, with their arguments and blocks, and follows every reference.

mod reader;

use reader::{Block, Value, read};

/// A component: the arguments and blocks that it takes at any depth, and what others may refer to.
struct Kind {
    name: &'static str,
    takes: &'static [&'static str],
    exports: &'static [&'static str],
}

const KINDS: [Kind; 11] = [
    Kind { name: "logging", takes: &["level", "format"], exports: &[] },
    Kind {
        name: "otelcol.receiver.otlp",
        takes: &["grpc", "http", "endpoint", "output", "traces", "metrics", "logs"],
        exports: &[],
    },
    Kind {
        name: "otelcol.processor.batch",
        takes: &["timeout", "output", "traces", "metrics", "logs"],
        exports: &["input"],
    },
    Kind {
        name: "otelcol.exporter.otlp",
        takes: &["client", "endpoint", "tls", "insecure"],
        exports: &["input"],
    },
    Kind { name: "otelcol.exporter.prometheus", takes: &["forward_to"], exports: &["input"] },
    Kind { name: "otelcol.exporter.loki", takes: &["forward_to"], exports: &["input"] },
    Kind { name: "prometheus.remote_write", takes: &["endpoint", "url"], exports: &["receiver"] },
    Kind { name: "loki.write", takes: &["endpoint", "url"], exports: &["receiver"] },
    Kind { name: "discovery.kubernetes", takes: &["role", "namespaces", "names"], exports: &["targets"] },
    Kind {
        name: "discovery.relabel",
        takes: &["targets", "rule", "source_labels", "target_label", "action", "regex", "replacement"],
        exports: &["output", "rules"],
    },
    Kind { name: "loki.source.kubernetes", takes: &["targets", "forward_to"], exports: &[] },
];

/// Its stages are blocks with dots in their names.
const PROCESS: Kind = Kind {
    name: "loki.process",
    takes: &["stage.json", "stage.labels", "expressions", "values", "forward_to"],
    exports: &["receiver"],
};

fn kind(name: &str) -> Option<&'static Kind> {
    KINDS.iter().chain([&PROCESS]).find(|kind| kind.name == name)
}

/// What is wrong with a configuration, one sentence each.
pub fn faults(text: &str) -> Vec<String> {
    let components = match read(text) {
        Ok(components) => components,
        Err(fault) => return vec![fault],
    };
    let mut faults = vec![];
    for component in &components {
        match kind(&component.name) {
            Some(kind) => inside(component, kind, &components, &mut faults),
            None => faults.push(format!("{}: no such component is known here", title(component))),
        }
        let same = |other: &&Block| other.name == component.name && other.label == component.label;
        if components.iter().filter(same).count() > 1 {
            faults.push(format!("{}: is there twice", title(component)));
        }
    }
    faults
}

fn title(block: &Block) -> String {
    format!("line {}, {} {:?}", block.line, block.name, block.label)
}

fn inside(block: &Block, kind: &Kind, all: &[Block], faults: &mut Vec<String>) {
    for (name, value) in &block.arguments {
        if !kind.takes.contains(&name.as_str()) {
            faults.push(format!("{}: {} takes no {name}", title(block), kind.name));
        }
        for reference in references(value) {
            faults.extend(follow(reference, all).map(|why| format!("{}: {name}: {why}", title(block))));
        }
    }
    for inner in &block.blocks {
        if !kind.takes.contains(&inner.name.as_str()) {
            faults.push(format!("{}: {} takes no block {}", title(block), kind.name, inner.name));
        }
        inside(inner, kind, all, faults);
    }
}

fn references(value: &Value) -> Vec<&str> {
    match value {
        Value::Reference(path) => vec![path],
        Value::List(values) => values.iter().flat_map(references).collect(),
        Value::Plain => vec![],
    }
}

/// Why a reference such as `loki.write.out.receiver` leads nowhere.
fn follow(path: &str, all: &[Block]) -> Option<String> {
    let (component, export) = path.rsplit_once('.')?;
    let (name, label) = component.rsplit_once('.')?;
    let there = all.iter().any(|block| block.name == name && block.label == label);
    let exported = kind(name).is_some_and(|kind| kind.exports.contains(&export));
    match (there, exported) {
        (true, true) => None,
        (false, _) => Some(format!("there is no {name} {label:?}")),
        (true, false) => Some(format!("{name} has no {export}")),
    }
}
