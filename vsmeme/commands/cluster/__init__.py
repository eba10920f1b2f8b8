"""Work on several processes and machines: steps as parts that Dask hands out."""
