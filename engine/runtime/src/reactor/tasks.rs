//! The subtasks of a core, by place. A place is used again; its generation tells the old tenant from the new one.

use super::task::Task;
use crate::seam::TaskId;

/// All of a core's subtasks.
#[derive(Default)]
pub(crate) struct Tasks {
    /// Boxed, so that one can be taken out while it is stepped.
    places: Vec<Tenancy>,
    free: Vec<u32>,
}

#[derive(Default)]
struct Tenancy {
    generation: u32,
    task: Option<Box<Task>>,
}

impl Tasks {
    /// A name for one that is about to be made.
    pub(crate) fn reserve(&mut self) -> TaskId {
        let place = self.free.pop().unwrap_or_else(|| {
            self.places.push(Tenancy::default());
            u32::try_from(self.places.len() - 1).expect("a core has fewer subtasks than channels")
        });
        TaskId { place, generation: self.places[place as usize].generation }
    }

    /// The one that was meant is not made after all, or is gone.
    pub(crate) fn release(&mut self, id: TaskId) {
        let tenancy = &mut self.places[id.place as usize];
        assert_eq!(tenancy.generation, id.generation);
        assert!(tenancy.task.is_none(), "it lives there");
        tenancy.generation = tenancy.generation.wrapping_add(1);
        self.free.push(id.place);
    }

    /// Puts one in its place: a new one, or one that was taken.
    pub(crate) fn put(&mut self, task: Box<Task>) {
        let TaskId { place, generation } = task.id;
        let tenancy = &mut self.places[place as usize];
        assert_eq!(tenancy.generation, generation);
        tenancy.task = Some(task);
    }

    /// Takes one out, to step it or for good.
    pub(crate) fn take(&mut self, place: u32) -> Option<Box<Task>> {
        self.places[place as usize].task.take()
    }

    /// The one that is meant, if it is still there.
    pub(crate) fn get(&mut self, id: TaskId) -> Option<&mut Task> {
        let tenancy = self.places.get_mut(id.place as usize)?;
        tenancy.task.as_deref_mut().filter(|_| tenancy.generation == id.generation)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Task> {
        self.places.iter().filter_map(|tenancy| tenancy.task.as_deref())
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Task> {
        self.places.iter_mut().filter_map(|tenancy| tenancy.task.as_deref_mut())
    }

    pub(crate) fn len(&self) -> usize {
        self.places.len() - self.free.len()
    }
}
