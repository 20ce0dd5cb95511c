//! Which elements an array has: equal ones, others than another array, the least, all in order.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow_array::Array;
use arrow_array::types::Int32Type;
use arrow_row::{Row, Rows};
use arrow_schema::DataType;

use super::items::{found, picked, same_lists, with_element};
use super::{Lists, Picks, comparable};
use crate::error::ExprError;
use crate::functions::arguments::Arguments;
use crate::functions::{Answer, Function, Gives, Kind, TRUTH, Takes, WHOLE, function};
use crate::types::item_of;

const LIST: Takes = Takes::These(&[Kind::List], 0);
const WITH_ELEMENT: Takes = Takes::By("ARRAY, element", with_element);
const TWO_LISTS: Takes =
    Takes::By("ARRAY, ARRAY", |types| same_lists(types).filter(|types| types.len() == 2));
const ITEM: Gives = Gives::By(|types, _| item_of(&types[0]).cloned());

/// All of them.
pub(in crate::functions) const ALL: &[Function] = &[
    function!("ARRAY_CONTAINS", WITH_ELEMENT => TRUTH, "Whether an element is in an array; a null may be.",
    "ARRAY_CONTAINS(SPLIT('a,b', ','), 'b')" = "true", |a: &Arguments| {
        let (lists, all) = (Lists::of(a, 0), With::element(a)?);
        a.truths(|row| Ok(lists.at(row).map(|mut places| places.any(|place| all.is_wanted(place, row)))))
    }),
    function!("ARRAY_POSITION", WITH_ELEMENT => WHOLE,
        "The place of the first such element, from 1; 0 if there is none.",
    "ARRAY_POSITION(SPLIT('a,b', ','), 'b')" = "2", |a: &Arguments| {
        let (lists, all) = (Lists::of(a, 0), With::element(a)?);
        let (element, is_one) = a.array(1);
        a.each::<Int32Type>(|row| {
            let places = lists.at(row).filter(|_| element.is_valid(if is_one { 0 } else { row }));
            let of = |mut places: std::ops::Range<usize>| places.position(|place| all.is_wanted(place, row));
            Ok(places.map(|places| of(places).map_or(0, |place| i32::try_from(place + 1).unwrap_or(i32::MAX))))
        })
    }),
    function!("ARRAY_REMOVE", WITH_ELEMENT => Gives::First, "Without all such elements.",
    "ARRAY_REMOVE(SPLIT('a,b,a', ','), 'a')" = "[b]", |a: &Arguments| {
        let (lists, all) = (Lists::of(a, 0), With::element(a)?);
        picked(a, lists, |row, picks| lists.at(row).map(|places| {
            places.filter(|place| !all.is_wanted(*place, row)).for_each(|place| picks.push(0, place));
        }))
    }),
    function!("ARRAY_DISTINCT", LIST => Gives::First, "The first of equal elements only.",
    "ARRAY_DISTINCT(SPLIT('a,b,a', ','))" = "[a, b]", |a: &Arguments| {
        let lists = Lists::of(a, 0);
        let rows = rows_of(&[lists])?;
        picked(a, lists, |row, picks| lists.at(row).map(|places| {
            let mut known = BTreeSet::new();
            places.filter(|place| known.insert(rows[0].row(*place))).for_each(|place| picks.push(0, place));
        }))
    }),
    function!("ARRAY_UNION", TWO_LISTS => Gives::First, "The elements of both arrays, each once.",
        "ARRAY_UNION(SPLIT('a,b', ','), SPLIT('b,c', ','))" = "[a, b, c]", |a: &Arguments| of_two(a, Of::Both)),
    function!("ARRAY_EXCEPT", TWO_LISTS => Gives::First,
        "The elements that another array does not have, each once.",
        "ARRAY_EXCEPT(SPLIT('a,b', ','), SPLIT('b,c', ','))" = "[a]", |a: &Arguments| of_two(a, Of::FirstAlone)),
    function!("ARRAY_INTERSECT", TWO_LISTS => Gives::First, "The elements that another array has too, each once.",
        "ARRAY_INTERSECT(SPLIT('a,b', ','), SPLIT('b,c', ','))" = "[b]", |a: &Arguments| of_two(a, Of::Shared)),
    function!("ARRAY_MAX", LIST => ITEM, "The greatest element; nulls do not count.",
        "ARRAY_MAX(SPLIT('b,c,a', ','))" = "c", |a: &Arguments| extreme(a, true)),
    function!("ARRAY_MIN", LIST => ITEM, "The least element; nulls do not count.",
        "ARRAY_MIN(SPLIT('b,c,a', ','))" = "a", |a: &Arguments| extreme(a, false)),
    function!("ARRAY_SORT", Takes::These(&[Kind::List, Kind::Truth, Kind::Truth], 2) => Gives::First,
        "In order, ascending if not said otherwise; nulls come first if it ascends, or if said so.",
        "ARRAY_SORT(SPLIT('b,c,a', ','), FALSE)" = "[c, b, a]", sort),
];

/// The elements of several columns of arrays, comparable with one another.
fn rows_of(all: &[Lists<'_>]) -> Result<Vec<Rows>, ExprError> {
    let converter = comparable(all[0].values().data_type())?;
    let rows = all.iter().map(|lists| converter.convert_columns(&[Arc::clone(lists.values())]));
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Elements, and one to look for.
struct With {
    values: Rows,
    wanted: Rows,
    is_one: bool,
}

impl With {
    fn element(a: &Arguments) -> Result<Self, ExprError> {
        let lists = Lists::of(a, 0);
        let converter = comparable(lists.values().data_type())?;
        let (element, is_one) = a.array(1);
        let element = element.slice(0, element.len());
        Ok(Self {
            values: converter.convert_columns(&[Arc::clone(lists.values())])?,
            wanted: converter.convert_columns(&[element])?,
            is_one,
        })
    }

    fn is_wanted(&self, place: usize, row: usize) -> bool {
        self.values.row(place) == self.wanted.row(if self.is_one { 0 } else { row })
    }
}

/// Which elements of two arrays are wanted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    Both,
    FirstAlone,
    Shared,
}

fn of_two(a: &Arguments, of: Of) -> Answer {
    let (one, other) = (Lists::of(a, 0), Lists::of(a, 1));
    let rows = rows_of(&[one, other])?;
    let mut picks = Picks::new(a.rows());
    for row in 0..a.rows() {
        let Some((places, other_places)) = one.at(row).zip(other.at(row)) else {
            picks.end(false)?;
            continue;
        };
        let others: BTreeSet<Row<'_>> = match of {
            Of::Both => BTreeSet::new(),
            Of::FirstAlone | Of::Shared => other_places.clone().map(|place| rows[1].row(place)).collect(),
        };
        let mut known = BTreeSet::new();
        for place in places {
            let element = rows[0].row(place);
            let is_wanted = of == Of::Both || others.contains(&element) == (of == Of::Shared);
            if is_wanted && known.insert(element) {
                picks.push(0, place);
            }
        }
        if of == Of::Both {
            other_places
                .filter(|place| known.insert(rows[1].row(*place)))
                .for_each(|place| picks.push(1, place));
        }
        picks.end(true)?;
    }
    Ok(a.finish(picks.lists(&[one.values(), other.values()])?))
}

fn extreme(a: &Arguments, is_greatest: bool) -> Answer {
    let lists = Lists::of(a, 0);
    let (rows, values) = (rows_of(&[lists])?, lists.values());
    let place = |row: usize| {
        let known = lists.at(row)?.filter(|place| values.is_valid(*place));
        match is_greatest {
            true => known.max_by_key(|place| rows[0].row(*place)),
            false => known.min_by_key(|place| rows[0].row(*place)),
        }
    };
    Ok(a.finish(found(values, a.rows(), place)?))
}

fn sort(a: &Arguments) -> Answer {
    let (lists, ascends, nulls_first) = (Lists::of(a, 0), a.truth_if(1), a.truth_if(2));
    let (rows, values) = (rows_of(&[lists])?, lists.values());
    if *values.data_type() == DataType::Null {
        return picked(a, lists, |row, picks| lists.at(row).map(|all| picks.extend(0, all)));
    }
    let mut order: Vec<usize> = Vec::new();
    picked(a, lists, |row, picks| {
        let all = lists.at(row)?;
        let ascends = match ascends {
            None => true,
            Some(ascends) => ascends.at(row)?,
        };
        let nulls_first = match nulls_first {
            None => ascends,
            Some(first) => first.at(row)?,
        };
        let nulls = || all.clone().filter(|place| values.is_null(*place));
        order.clear();
        order.extend(all.clone().filter(|place| values.is_valid(*place)));
        order.sort_by(|one, other| {
            let order = rows[0].row(*one).cmp(&rows[0].row(*other));
            if ascends { order } else { order.reverse() }
        });
        if nulls_first {
            nulls().for_each(|place| picks.push(0, place));
        }
        order.iter().for_each(|place| picks.push(0, *place));
        if !nulls_first {
            nulls().for_each(|place| picks.push(0, place));
        }
        Some(())
    })
}
