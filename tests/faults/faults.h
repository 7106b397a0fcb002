/*
 * faults.h - what the shim and a test share while the server runs.
 *
 * The test makes two files in a folder of its own and names the folder in
 * LTP_FAULTS_FOLDER; the shim maps both. Neither is needed: without a folder
 * the shim just does what LTP_FAULTS says.
 */
#ifndef FAULTS_H
#define FAULTS_H

#include <stdint.h>

/* FOLDER/faults.state: zeros in the beginning. */
#define FAULTS_STATE "faults.state"
struct faults_state {
	volatile uint32_t is_loaded; /* the shim: I am in between */
	volatile uint32_t is_off;    /* the test: no more faults for now */
	uint32_t count;              /* the shim: so many until now */
};

/* FOLDER/faults.txt: a ring of lines for people, the last faults. The line of
   fault N is the one with index N modulo FAULTS_LINES. */
#define FAULTS_LOG "faults.txt"
enum {
	FAULTS_LINES = 1000,
	FAULTS_LINE_BYTES = 64, /* with its newline */
};

#endif
