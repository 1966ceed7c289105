"""What funding officers take away of a computation: workbook, table, summary, file for Ma Démarche FSE+."""
