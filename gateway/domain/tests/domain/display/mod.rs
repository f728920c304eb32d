//! What people read of an ask: one table for every kind and standing, and the sample that the surfaces lay out.

mod samples;
mod served;
mod tables;

use gateway_domain::{AskDisplay, Part, Phrase, plain_person};

/// As somebody reads it, with marks for what a surface writes in its own way.
fn plain(phrase: &Phrase) -> String {
    phrase.written(|part| match part {
        Part::Text { text } => text.clone(),
        Part::Code { text } => format!("`{text}`"),
        Part::Quote { text } => format!("“{text}”"),
        Part::Person { id, name } => name.clone().unwrap_or_else(|| plain_person(id).to_owned()),
        Part::Everyone => "Anyone".to_owned(),
        Part::Time { at } => at.strftime("%H:%M").to_string(),
        Part::Deadline { at } => at.strftime("at %H:%M").to_string(),
    })
}

fn labels(display: &AskDisplay) -> Vec<String> {
    display.answers.iter().map(|choice| choice.label.clone()).collect()
}

fn sample(name: &str) -> AskDisplay {
    let sample = samples::samples().into_iter().find(|sample| sample.name == name);
    sample.unwrap_or_else(|| panic!("no sample {name}")).ask.display
}
