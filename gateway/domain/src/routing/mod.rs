//! Which agent suits a task: a suggestion with the words that led to it, for a person to confirm or override.

mod rules;
mod words;

use crate::models::ModelChoice;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use words::{Words, likeness};

/// Below this the words say too little.
const SURE: f64 = 0.5;

/// Below this they do not even hint at somebody. A bare "fix" is below, so that it goes to the project's own agent.
const HINT: f64 = 0.42;

/// What an example of exactly the same words says by itself.
const EXAMPLE_WEIGHT: f64 = 0.75;

/// An example that shares less than this with the task says nothing about it.
const LIKE_ENOUGH: f64 = 0.5;

/// How much of the doubt that a clue leaves is kept when it is the first word: the verb of a task says most.
const FIRST_WORD: f64 = 1.5;

/// Two agents with claims of this share of each other are a coin toss.
const RIVAL: f64 = 0.5;

/// A word that speaks for an agent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Clue {
    /// A word or the beginning of a word, in lower case; several words match when they follow each other.
    pub word: String,
    /// From 0 to 1: how much weight the word has.
    pub weight: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AgentRule {
    /// The agent's name.
    pub agent: String,
    /// The model that suits this agent, with the reason.
    #[serde(default)]
    pub model: Option<ModelHint>,
    /// The words that indicate it.
    pub clues: Vec<Clue>,
    /// Titles of tasks that this agent should get.
    #[serde(default)]
    pub examples: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ModelHint {
    /// The provider, as OpenCode names it.
    pub provider: String,
    /// The model, as OpenCode names it.
    pub model: String,
    /// The reason shown to people.
    pub because: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Suggestion {
    pub agent: String,
    /// From 0 to 1.
    pub confidence: f64,
    /// The words that led to it, or why nothing did.
    pub because: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<ModelHint>,
}

/// What was suggested for a session, and what a person decided (REQ-START-05).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RoutingDecision {
    pub suggested: Suggestion,
    /// None leaves it to OpenCode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<ModelChoice>,
}

impl RoutingDecision {
    /// For the thread. None when there is nothing to tell: the words say too little, and nothing was chosen (B29).
    pub fn sentence(&self) -> Option<String> {
        let Suggestion { agent, because, .. } = &self.suggested;
        let mut told = vec![];
        if self.suggested.is_sure() {
            let percent = self.suggested.confidence * 100.0;
            told.push(format!("Suggested: {agent} ({percent:.0}% match: {}).", because.join(", ")));
        }
        if let Some(chosen) = self.agent.as_ref().filter(|chosen| told.is_empty() || *chosen != agent) {
            told.push(format!("Chosen: {chosen}."));
        }
        told.extend(self.model.as_ref().map(|model| format!("Model: {}.", model.label())));
        (!told.is_empty()).then(|| told.join(" "))
    }
}

impl Suggestion {
    /// What is less than that is no help to anybody, and is not shown.
    pub fn is_sure(&self) -> bool {
        self.confidence >= SURE
    }
}

/// The agents and their words. Without rules nothing is suggested.
#[derive(Clone, Debug, PartialEq)]
pub struct Routing {
    pub rules: Vec<AgentRule>,
    /// Who takes what nobody else stands out for.
    pub fallback: String,
    /// The same for a project.
    pub projects: BTreeMap<String, String>,
}

/// What speaks for one agent.
struct Claim<'a> {
    rule: &'a AgentRule,
    score: f64,
    because: Vec<String>,
}

impl Routing {
    /// A title counts in full, a description for half.
    pub fn suggest(&self, title: &str, description: &str) -> Option<Suggestion> {
        self.suggest_in(None, title, description)
    }

    /// The same for a task of a project, whose own agent takes what says too little.
    pub fn suggest_in(&self, project: Option<&str>, title: &str, description: &str) -> Option<Suggestion> {
        let texts = [(Words::of(title), 1.0), (Words::of(description), 0.5)];
        let mut claims: Vec<_> = self.rules.iter().map(|rule| rule.claim(&texts)).collect();
        claims.sort_by(|a, b| b.score.total_cmp(&a.score));
        let best = claims.first()?;
        let next = claims.get(1).map_or(0.0, |claim| claim.score);
        let rivalry = if next > best.score * RIVAL { next / 2.0 } else { 0.0 };
        let confidence = best.score * (1.0 - rivalry);
        if confidence < SURE {
            return self.unsure(project, best, confidence);
        }
        Some(best.rule.suggested(confidence, best.because.clone()))
    }

    /// Whoever the few words speak for; else the project's own agent; else the fallback.
    fn unsure(&self, project: Option<&str>, best: &Claim<'_>, confidence: f64) -> Option<Suggestion> {
        let own = project.and_then(|project| self.projects.get(project));
        let mut because = vec!["insufficient context".to_owned()];
        if best.score >= HINT {
            because.extend(best.because.iter().cloned());
            return Some(best.rule.suggested(confidence, because));
        }
        because.extend(own.map(|_| "the project's own agent".to_owned()));
        let agent = own.unwrap_or(&self.fallback);
        let rule = self.rules.iter().find(|rule| rule.agent == *agent)?;
        Some(rule.suggested(confidence, because))
    }
}

impl AgentRule {
    fn suggested(&self, confidence: f64, because: Vec<String>) -> Suggestion {
        let confidence = (confidence * 100.0).round() / 100.0;
        Suggestion { agent: self.agent.clone(), confidence, because, model: self.model.clone() }
    }

    /// Each clue takes away its share of the doubt that is left, and so does the example that is most alike.
    fn claim(&self, texts: &[(Words, f64)]) -> Claim<'_> {
        let (mut doubt, mut because) = (1.0, vec![]);
        for (words, share) in texts {
            for clue in &self.clues {
                let Some((at, found)) = words.find(&clue.word) else { continue };
                let left: f64 = 1.0 - clue.weight.clamp(0.0, 1.0) * share;
                doubt *= if at == 0 { left.powf(FIRST_WORD) } else { left };
                if !because.contains(&found) {
                    because.push(found);
                }
            }
            let alike = self.examples.iter().map(|example| (likeness(words, &Words::of(example)), example));
            if let Some((like, example)) = alike.max_by(|(a, _), (b, _)| a.total_cmp(b))
                && like >= LIKE_ENOUGH
            {
                doubt *= 1.0 - EXAMPLE_WEIGHT * like * share;
                because.push(format!("like \"{example}\""));
            }
        }
        Claim { rule: self, score: 1.0 - doubt, because }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suggest(title: &str) -> Suggestion {
        Routing::default().suggest(title, "").unwrap()
    }

    #[test]
    fn the_words_lead_to_an_agent() {
        // REQ-START-03
        let architect = suggest("Design authentication architecture");
        assert!(architect.agent == "architect" && architect.confidence > 0.80, "{architect:?}");
        assert_eq!(architect.because, ["architecture", "design"]);
        let builder = suggest("Implement login API");
        assert!(builder.agent == "builder" && builder.confidence > 0.70, "{builder:?}");
        let unsure = suggest("Fix the thing");
        assert!(unsure.agent == "builder" && unsure.confidence < 0.50, "{unsure:?}");
        assert_eq!(unsure.because, ["insufficient context"]);
    }

    #[test]
    fn a_model_is_suggested_with_its_reason() {
        // REQ-START-04
        assert_eq!(suggest("Write the roadmap").model.unwrap().provider, "anthropic");
        assert_eq!(suggest("Design the data model").model.unwrap().provider, "anthropic");
        let local = suggest("Implement login API").model.unwrap();
        assert!(local.provider == "local" && local.model == "qwen2.5-coder:32b", "{local:?}");
        assert!(!local.because.is_empty());
    }

    #[test]
    fn two_agents_with_the_same_claim_are_no_certainty() {
        let torn = suggest("Brainstorm the roadmap");
        assert!(torn.confidence < suggest("Brainstorm names").confidence, "{torn:?}");
        let none = Routing { rules: vec![], fallback: String::new(), projects: BTreeMap::new() };
        assert_eq!(none.suggest("x", ""), None);
    }

    #[test]
    fn a_description_counts_for_half() {
        let (title, told) =
            (Routing::default().suggest("Refactor", ""), Routing::default().suggest("", "Refactor"));
        assert!(title.unwrap().confidence > told.unwrap().confidence);
    }

    #[test]
    fn a_project_has_an_agent_of_its_own_for_what_says_too_little() {
        // REQ-START-03
        let projects = BTreeMap::from([("docs".to_owned(), "pm".to_owned())]);
        let routing = Routing { projects, ..Routing::default() };
        let unsure = routing.suggest_in(Some("docs"), "Fix the thing", "").unwrap();
        assert_eq!((unsure.agent.as_str(), unsure.because.len()), ("pm", 2));
        assert_eq!(routing.suggest_in(Some("docs"), "Implement login API", "").unwrap().agent, "builder");
    }

    #[test]
    fn an_example_of_the_configuration_leads_to_its_agent() {
        // REQ-START-03
        let mut routing = Routing::default();
        let title = "Reconcile the ledgers of March";
        assert!(routing.suggest(title, "").unwrap().confidence < SURE);
        routing.rules[1].examples.push("Reconcile the ledgers of May".to_owned());
        let led = routing.suggest(title, "").unwrap();
        assert!(led.agent == "pm" && led.because[0].starts_with("like "), "{led:?}");
    }
}
