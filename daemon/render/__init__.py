"""What a person will read: words in their language, pages from templates, mails as bytes."""
