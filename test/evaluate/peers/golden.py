"""Writes golden.json: what each peer must answer, from textbook formulas in numpy alone. python3 golden.py && npx biome format --write golden.json"""
import json, os
import numpy as np

r = np.random.default_rng(7)
A = r.normal(size=(30, 5)) @ r.normal(size=(5, 5)) + 3
A[15:] += [4, 0, -4, 0, 2]
P = np.vstack([A[:2] + .1, r.normal(size=(4, 5)) * 6])
A, P = A.round(6), P.round(6)
m = A.mean(0); d = A.std(0) + 1e-3 * np.abs(A).mean(0) + 1e-6
Z, Q = (A - m) / d, (P - m) / d

C = Z[[0, 10, 20]].copy()
for _ in range(100):
    own = ((Z[:, None] - C) ** 2).sum(2).argmin(1)
    C = np.array([Z[own == k].mean(0) for k in range(3)])
D = np.sqrt(((Z[:, None] - C) ** 2).sum(2)); near = D.argmin(1)
radius = np.array([D[near == k, k].max() for k in range(3)])
E = np.sqrt(((Q[:, None] - C) ** 2).sum(2)); e = E.argmin(1)

R = np.eye(3)[own]
def densities(X, w, mu, v): return np.log(w) - .5 * (np.log(2 * np.pi * v)[None] + (X[:, None] - mu) ** 2 / v).sum(2)
def maximise(R):
    n = R.sum(0) + 1e-12; mu = R.T @ Z / n[:, None]
    return n / len(Z), mu, np.array([(R[:, k, None] * (Z - mu[k]) ** 2).sum(0) / n[k] for k in range(len(n))]) + .05
w, mu, v = maximise(R); before = -np.inf
for _ in range(100):
    L = densities(Z, w, mu, v); s = np.logaddexp.reduce(L, 1); level = s.mean()
    w, mu, v = maximise(np.exp(L - s[:, None]))
    if abs(level - before) < 1e-3: break
    before = level

X = Z - Z.mean(0); n, p = X.shape; S = X.T @ X / n; level = np.trace(S) / p
d2 = ((S - level * np.eye(p)) ** 2).sum()
b2 = min(d2, sum(((np.outer(x, x) - S) ** 2).sum() for x in X) / n ** 2)
W = (1 - b2 / d2) * S + b2 / d2 * level * np.eye(p)
Y = Q - Z.mean(0)
_, sv, Vt = np.linalg.svd(X, full_matrices=False)
k = int(np.argmax(np.cumsum(sv ** 2) / (sv ** 2).sum() > .95)) + 1
out = dict(rows=A.tolist(), probes=P.tolist(), scaled=Q.tolist(), kMeans=dict(start=[0, 10, 20], owners=own.tolist(), centres=C.tolist(), scores=(E[np.arange(len(Q)), e] - radius[e]).tolist()),
           mixture=(-np.logaddexp.reduce(densities(Q, w, mu, v), 1)).tolist(), shrinkage=b2 / d2, mahalanobis=np.sqrt(np.einsum('ij,jk,ik->i', Y, np.linalg.inv(W), Y)).tolist(),
           eigenvalues=np.linalg.eigvalsh(S)[::-1].tolist(), kept=k, residual=np.sqrt((Y ** 2).sum(1) - ((Y @ Vt[:k].T) ** 2).sum(1)).tolist())
json.dump(out, open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'golden.json'), 'w'))
