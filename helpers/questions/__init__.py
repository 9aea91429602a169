"""The predictions and exercises of each lesson, one file a lesson.

A lesson's file holds two dictionaries, by the name that the notebook uses:

- PREDICTIONS: the traits of `helpers.exercises.Prediction`;
- EXERCISES: an `Exercise` or a `FunctionExercise` of `helpers.judge`.

Right answers are computed with the course's own functions. Write one sentence for each mistake
that beginners make; the test of the exercises holds that no two mistakes share a sentence.
"""
