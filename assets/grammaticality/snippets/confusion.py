# pip install scikit-learn
from sklearn.metrics import classification_report, matthews_corrcoef

# T is true, F false; P stands for judged acceptable, N for judged unacceptable
tn = 76
fp = 86
fn = 19
tp = 346

labels = [0] * (tn + fp) + [1] * (fn + tp)
verdicts = [0] * tn + [1] * fp + [0] * fn + [1] * tp
names = ["unacceptable", "acceptable"]
report = classification_report(
    labels, verdicts, labels=[0, 1], target_names=names, digits=3, zero_division=float("nan")
)
print(report)
mcc = matthews_corrcoef(labels, verdicts)  # 0 where a row or a column of the matrix is empty
print(f"MCC {mcc:.3f}")
