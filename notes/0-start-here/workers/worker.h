/*
 * Exercise 0.2 - A header from a picture.
 *
 * Write what the picture in the lesson shows: the two constants, struct
 * workerdata, struct workerpool; the names, the types and the order of the
 * fields as they stand there. Nothing is allocated or defined here: a header
 * says what things look like.
 *
 * Whoever includes it needs nothing else, may include it twice, and may do so
 * in several sources of one program. It is C11 without extensions.
 */
