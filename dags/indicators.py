"""ESF+ extracts, scheduled on what was published."""

from passerelle.orchestration.indicators import extract_dag

esf__extract = extract_dag()
