//! `${NAME}`: what has none stays as it is, and a doubled `$` is one.

use paramexec::environment::Environment;
use paramexec::input::interpolate;
use paramexec::reference::ReferenceError;

fn fill(text: &str, environment: &Environment) -> Result<String, ReferenceError> {
    interpolate::fill(text, environment).map(|filled| filled.as_str().to_owned())
}

/// Of any text, with any value in the environment.
pub fn hold(text: &str, value: &str) {
    // The environment itself can carry no NUL.
    let value = value.replace('\0', "");
    let environment = Environment::from_iter([("A", value.as_str()), ("EMPTY", "")]);
    let filled = fill(text, &environment);
    if !text.contains('$') {
        assert_eq!(filled.as_deref(), Ok(text));
    }
    let escaped = fill(&text.replace('$', "$$"), &environment);
    assert_eq!(escaped.as_deref(), Ok(text), "a doubled $ is one");
    if let Ok(filled) = filled {
        let twice = fill(&format!("{text}{text}"), &environment);
        assert_eq!(twice.as_ref(), Ok(&filled.repeat(2)), "of {text:?} twice");
    }
    let around = fill(&format!("x${{A}}y${{NONE:-{}}}", "z"), &environment);
    match around {
        Ok(filled) => assert_eq!(filled, format!("x{value}yz")),
        Err(_) => assert!(value.starts_with("ssm://") || value.starts_with("secretsmanager://")),
    }
}
