# pip install scikit-learn
from sklearn.metrics import cohen_kappa_score, confusion_matrix, matthews_corrcoef

labels = [1, 0]
yours = [1, None]

both = [(mine, label) for mine, label in zip(yours, labels, strict=True) if mine is not None]
if both:
    mine, theirs = zip(*both, strict=True)
    print(confusion_matrix(theirs, mine, labels=[0, 1]))  # rows: the label; columns: yours
    print(f"MCC {matthews_corrcoef(theirs, mine):.3f}")
    print(f"Cohen's kappa {cohen_kappa_score(theirs, mine):.3f}")
