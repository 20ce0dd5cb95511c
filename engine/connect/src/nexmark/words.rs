//! Words of which one is drawn: names and places of persons.
//!
//! Keeps each list as a column. A column of rows is taken from it by places, which copies views and no letters.

use std::sync::LazyLock;

use arrow_array::StringViewArray;

const FIRST: [&str; 11] =
    ["Peter", "Paul", "Luke", "John", "Saul", "Vicky", "Kate", "Julie", "Sarah", "Deiter", "Walter"];
const LAST: [&str; 9] =
    ["Shultz", "Abrams", "Spencer", "White", "Bartels", "Walton", "Smith", "Jones", "Noris"];
const CITY: [&str; 10] = [
    "Phoenix",
    "Los Angeles",
    "San Francisco",
    "Boise",
    "Portland",
    "Bend",
    "Redmond",
    "Seattle",
    "Kent",
    "Cheyenne",
];
const STATE: [&str; 6] = ["AZ", "CA", "ID", "OR", "WA", "WY"];

/// How many first names there are, last names, cities and states.
pub(super) const FIRST_NAMES: u32 = count(&FIRST);
pub(super) const LAST_NAMES: u32 = count(&LAST);
pub(super) const CITIES: u32 = count(&CITY);
pub(super) const STATES: u32 = count(&STATE);

static WHOLE_NAMES: LazyLock<StringViewArray> = LazyLock::new(|| {
    let names = FIRST.iter().flat_map(|first| LAST.iter().map(move |last| format!("{first} {last}")));
    StringViewArray::from_iter_values(names)
});
static CITY_WORDS: LazyLock<StringViewArray> = LazyLock::new(|| StringViewArray::from_iter_values(CITY));
static STATE_WORDS: LazyLock<StringViewArray> = LazyLock::new(|| StringViewArray::from_iter_values(STATE));

/// First and last names: all last names behind the first first name, then those behind the next one.
pub(super) fn whole_names() -> &'static StringViewArray {
    &WHOLE_NAMES
}

/// Cities.
pub(super) fn cities() -> &'static StringViewArray {
    &CITY_WORDS
}

/// States.
pub(super) fn states() -> &'static StringViewArray {
    &STATE_WORDS
}

/// Bytes of the word at this place.
pub(super) fn length(words: &StringViewArray, place: u32) -> u32 {
    u32::try_from(words.value(place as usize).len()).expect("a word that one can read")
}

#[expect(clippy::cast_possible_truncation, reason = "lists that one can read")]
const fn count(words: &[&str]) -> u32 {
    words.len() as u32
}
