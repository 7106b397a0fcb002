# Faults from many seeds, for whoever changes a server or the shim:
#
#	make STAGE=1 faults            20 seeds of each kind
#	make STAGE=1 faults SEEDS=100
faults:
	@status=0; for test in faults_in_transfers faults_of_all_kinds; do \
		SEEDS='$(or $(SEEDS),20)' $(MAKE) --no-print-directory test \
			TEST=$$test || status=1; \
	done; exit $$status

.PHONY: faults
