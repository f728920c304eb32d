//! Which agent suits a task: a suggestion with the words that led to it, for a person to confirm or override.

use serde::{Deserialize, Serialize};

/// Below this the words say too little.
const SURE: f64 = 0.5;

/// A word that speaks for an agent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clue {
    /// A word or the beginning of words, in small letters.
    pub word: String,
    /// From 0 to 1: how much it says by itself.
    pub weight: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentRule {
    pub agent: String,
    /// The model that suits this agent, with the reason.
    #[serde(default)]
    pub model: Option<ModelHint>,
    pub clues: Vec<Clue>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ModelHint {
    pub provider: String,
    pub model: String,
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

/// The agents and their words. Without rules nothing is suggested.
#[derive(Clone, Debug, PartialEq)]
pub struct Routing {
    pub rules: Vec<AgentRule>,
    /// Who takes what nobody else stands out for.
    pub fallback: String,
}

impl Routing {
    /// A title counts in full, a description for half.
    pub fn suggest(&self, title: &str, description: &str) -> Option<Suggestion> {
        let scored = self.rules.iter().map(|rule| rule.score(title, description));
        let mut scored: Vec<_> = scored.zip(&self.rules).collect();
        scored.sort_by(|((a, _), _), ((b, _), _)| b.total_cmp(a));
        let ((best, because), rule) = scored.first()?;
        let next = scored.get(1).map_or(0.0, |((score, _), _)| *score);
        // Two agents with the same claim are a coin toss.
        let confidence = best * (1.0 - next / 2.0 * f64::from(next > best / 2.0));
        if confidence < SURE {
            return self.unsure(confidence);
        }
        let (agent, model) = (rule.agent.clone(), rule.model.clone());
        Some(Suggestion { agent, confidence: rounded(confidence), because: because.clone(), model })
    }

    fn unsure(&self, confidence: f64) -> Option<Suggestion> {
        let rule = self.rules.iter().find(|rule| rule.agent == self.fallback)?;
        let because = vec!["insufficient context".to_owned()];
        let (agent, model) = (rule.agent.clone(), rule.model.clone());
        Some(Suggestion { agent, confidence: rounded(confidence), because, model })
    }
}

impl AgentRule {
    /// Each clue takes away its share of the doubt that is left.
    fn score(&self, title: &str, description: &str) -> (f64, Vec<String>) {
        let (mut doubt, mut because) = (1.0, vec![]);
        for (text, share) in [(title, 1.0), (description, 0.5)] {
            let words: Vec<String> = words(text).collect();
            for clue in &self.clues {
                if let Some(word) = words.iter().find(|word| word.starts_with(&clue.word)) {
                    doubt *= 1.0 - clue.weight.clamp(0.0, 1.0) * share;
                    because.push(word.clone());
                }
            }
        }
        because.dedup();
        (1.0 - doubt, because)
    }
}

fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase)
}

fn rounded(confidence: f64) -> f64 {
    (confidence * 100.0).round() / 100.0
}

impl Default for Routing {
    fn default() -> Self {
        let claude = ModelHint {
            provider: "anthropic".to_owned(),
            model: "claude-sonnet-4-5".to_owned(),
            because: "thinks in long lines; used through the Anthropic API".to_owned(),
        };
        let qwen = ModelHint {
            provider: "local".to_owned(),
            model: "qwen2.5-coder:32b".to_owned(),
            because: "writes code well and runs on our own machines".to_owned(),
        };
        let rule = |agent: &str, model: Option<&ModelHint>, clues: &[(&str, f64)]| AgentRule {
            agent: agent.to_owned(),
            model: model.cloned(),
            clues: clues
                .iter()
                .map(|(word, weight)| Clue { word: (*word).to_owned(), weight: *weight })
                .collect(),
        };
        let architect = [
            ("architect", 0.7),
            ("design", 0.6),
            ("diagram", 0.5),
            ("decision", 0.4),
            ("schema", 0.4),
            ("evaluate", 0.4),
            ("tradeoff", 0.5),
            ("migration", 0.3),
        ];
        let pm = [
            ("roadmap", 0.7),
            ("requirement", 0.6),
            ("stor", 0.4),
            ("backlog", 0.6),
            ("prioriti", 0.5),
            ("milestone", 0.4),
            ("stakeholder", 0.6),
            ("scope", 0.4),
            ("spec", 0.4),
        ];
        let builder = [
            ("implement", 0.6),
            ("add", 0.45),
            ("build", 0.5),
            ("refactor", 0.6),
            ("bug", 0.5),
            ("test", 0.4),
            ("endpoint", 0.45),
            ("api", 0.35),
            ("upgrade", 0.5),
            ("fix", 0.3),
            ("login", 0.1),
            ("component", 0.4),
        ];
        let party =
            [("brainstorm", 0.7), ("discuss", 0.5), ("retrospective", 0.6), ("debate", 0.7), ("party", 0.6)];
        Self {
            rules: vec![
                rule("architect", Some(&claude), &architect),
                rule("pm", Some(&claude), &pm),
                rule("builder", Some(&qwen), &builder),
                rule("party-mode", None, &party),
            ],
            fallback: "builder".to_owned(),
        }
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
        assert!(suggest("Implement login API").model.unwrap().model.starts_with("qwen"));
    }

    #[test]
    fn two_agents_with_the_same_claim_are_no_certainty() {
        let torn = suggest("Design and implement the scheduler");
        assert!(torn.confidence < suggest("Design the scheduler").confidence, "{torn:?}");
        assert_eq!(Routing { rules: vec![], fallback: String::new() }.suggest("x", ""), None);
    }

    #[test]
    fn a_description_counts_for_half() {
        let (title, told) =
            (Routing::default().suggest("Refactor", ""), Routing::default().suggest("", "Refactor"));
        assert!(title.unwrap().confidence > told.unwrap().confidence);
    }
}
