"""The pages of ``docs/reference``: each one is made from what the program itself runs on, so it cannot say anything else."""
