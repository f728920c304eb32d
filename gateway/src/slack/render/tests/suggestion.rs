//! What the form to start a session suggests, and what of it stands there beforehand.

use super::*;

/// The field of that label: what can be picked, and what stands there beforehand.
fn picks(view: &Value, label: &str) -> (Vec<String>, String) {
    let blocks = view["blocks"].as_array().unwrap();
    let field = blocks.iter().find(|block| block["label"]["text"] == label).unwrap();
    let text = |option: &Value| option["text"]["text"].as_str().unwrap_or("nothing").to_owned();
    let options = field["element"]["options"].as_array().unwrap();
    (options.iter().map(text).collect(), text(&field["element"]["initial_option"]))
}

#[test]
fn the_suggestion_stands_in_the_form_and_a_model_that_is_down_does_not() {
    // REQ-START-03, REQ-START-04, REQ-START-05
    let suggestion = json!({ "agent": "builder", "confidence": 0.82, "because": ["implement", "api"],
        "model": { "provider": "local", "model": "qwen", "because": "writes code" } });
    let form = |state| {
        let models = vec![model_view("qwen", state), model_view("other", ModelStanding::Unchecked)];
        let suggestion = Some(serde_json::from_value(suggestion.clone()).unwrap());
        let offer =
            Offer { agents: vec!["pm".into(), "builder".into()], models, suggestion, ..Offer::default() };
        start_form(&offer, &Draft { title: "Implement".into(), ..Draft::default() }, None)
    };
    let up = form(ModelStanding::Available);
    assert!(read(up["blocks"].as_array().unwrap()).contains(
        "~ 💡 Suggested: *builder* (82% match: implement, api). Model: *local/qwen* (writes code)."
    ));
    let agents = vec!["builder, as suggested".to_owned(), "pm".to_owned(), "OpenCode default".to_owned()];
    assert_eq!(picks(&up, "Agent"), (agents, "builder, as suggested".to_owned()));
    assert_eq!(picks(&up, "Model").1, "local/qwen, as suggested");
    // Nobody knows whether it is there: it is offered, and not taken unless somebody picks it.
    let unchecked = picks(&form(ModelStanding::Unchecked), "Model");
    assert_eq!(
        (unchecked.0[0].as_str(), unchecked.1.as_str()),
        ("local/qwen, as suggested", "OpenCode default")
    );
    let down = form(ModelStanding::Down);
    assert_eq!(
        picks(&down, "Model"),
        (vec!["local/other".to_owned(), "OpenCode default".to_owned()], "nothing".to_owned())
    );
    assert!(down.to_string().contains("It is not available: it answers 503. Pick another."));
    let early = start_form(&Offer::default(), &Draft::default(), None);
    assert_eq!(picks(&early, "Agent").1, "Use suggestion");
}
