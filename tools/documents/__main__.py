"""`make documents`: writes every document, or part of one, that is made from the code."""

from tools.documents.generated import written_documents

for path, text in written_documents().items():
    path.write_text(text, encoding="utf-8")
